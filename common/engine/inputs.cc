#include "common/engine/inputs.h"

#include <optional>
#include <string>

#include <fmt/ranges.h>

namespace tideline {
namespace {

// "[batch, 3, 224, 224]"
std::string ToString(const std::vector<Dim>& dims) {
  std::vector<std::string> sizes;
  sizes.reserve(dims.size());
  for (const Dim& dim : dims) {
    std::string size;
    if (dim.per_batch != 0) {
      size = dim.per_batch == 1 ? "batch" : fmt::format("{} * batch", dim.per_batch);
    }
    if (dim.per_batch != 0 && dim.constant != 0) {
      size += fmt::format(" + {}", dim.constant);
    }
    sizes.push_back(size.empty() ? fmt::format("{}", dim.constant) : size);
  }
  return fmt::format("[{}]", fmt::join(sizes, ", "));
}

// The batch for which `dim` is `size`; nullopt where there is none.
std::optional<int64_t> BatchOf(const Dim& dim, int64_t size) {
  const int64_t rest = size - dim.constant;
  if (rest <= 0 || rest % dim.per_batch != 0 || rest / dim.per_batch > kLargestBatch) {
    return std::nullopt;
  }
  return rest / dim.per_batch;
}

// Checks one tensor; learns `batch` from it where no earlier one told.
bool Fits(const Value& value, const Tensor& tensor, std::optional<int64_t>& batch) {
  if (tensor.shape().size() != value.dims.size()) {
    return false;
  }
  for (size_t i = 0; i < value.dims.size(); ++i) {
    const Dim& dim = value.dims[i];
    if (dim.per_batch != 0 && !batch) {
      batch = BatchOf(dim, tensor.shape()[i]);
      if (!batch) {
        return false;
      }
    }
    if (tensor.shape()[i] != dim.At(batch.value_or(1))) {
      return false;
    }
  }
  return true;
}

}  // namespace

absl::StatusOr<int64_t> CheckInputs(const Program& program, const Frontier& from,
                                    std::span<const Tensor> inputs) {
  const std::vector<ValueId>& values = from.values;
  if (inputs.size() != values.size()) {
    return InvalidArgument("segment from '{}': {} tensors given, it takes {}", from.name,
                           inputs.size(), values.size());
  }
  std::optional<int64_t> batch;
  for (size_t i = 0; i < values.size(); ++i) {
    const Value& value = program.values[values[i]];
    if (inputs[i].dtype() != value.dtype) {
      return InvalidArgument("segment from '{}': value '{}' is {}, the network takes {}", from.name,
                             value.name, Name(inputs[i].dtype()), Name(value.dtype));
    }
    if (!Fits(value, inputs[i], batch)) {
      return InvalidArgument(
          "segment from '{}': value '{}' has shape {}, the network takes {}{}", from.name,
          value.name, tideline::ToString(inputs[i].shape()), ToString(value.dims),
          batch && program.dynamic_batch ? fmt::format(" with batch {}", *batch) : "");
    }
  }
  return batch.value_or(1);
}

}  // namespace tideline
