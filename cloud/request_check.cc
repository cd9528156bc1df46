#include "cloud/request_check.h"

#include <string>

namespace tideline {
namespace {

// The wire shape against what the program says of the value, for whatever batch it has.
absl::Status CheckShape(const Program& program, const Value& value, const EncodedTensor& tensor) {
  const bool fits = [&] {
    if (tensor.dtype != value.dtype || tensor.shape.size() != value.dims.size() ||
        tensor.shape.empty()) {
      return false;
    }
    const int64_t batch = program.dynamic_batch ? tensor.shape.front() : program.static_batch;
    return batch >= 1 && tensor.shape == value.ShapeAt(batch);
  }();
  if (fits || (value.dims.empty() && tensor.shape.empty() && tensor.dtype == value.dtype)) {
    return absl::OkStatus();
  }
  return InvalidArgument("value '{}': the request has {} {}, the network needs {} {}", value.name,
                         Name(tensor.dtype), ToString(tensor.shape), Name(value.dtype),
                         ToString(value.ShapeAt(1)));
}

absl::Status CheckSize(const EncodedTensor& tensor, uint64_t max_tensor) {
  const std::optional<uint64_t> bytes = DecodedBytes(tensor);
  if (!bytes || *bytes > max_tensor) {
    return ResourceExhausted(
        "tensor {} is {} bytes; the cloud accepts {}: raise limits.max_tensor in cloud.yaml or "
        "choose a later cut",
        ToString(tensor.shape), bytes ? std::to_string(*bytes) : "too many", max_tensor);
  }
  return absl::OkStatus();
}

absl::Status CheckImageInput(const ModelInfo& info) {
  if (info.inputs.size() == 1 && info.inputs.front().kind == InputKind::kImage) {
    return absl::OkStatus();
  }
  return InvalidArgument("model '{}' takes tensors; codecs raw and jpeg are for images", info.name);
}

}  // namespace

absl::Status CheckTensors(const ServedModel& model, const Frontier& cut,
                          const std::vector<EncodedTensor>& tensors, uint64_t max_tensor) {
  for (const EncodedTensor& tensor : tensors) {
    RETURN_IF_ERROR(CheckSize(tensor, max_tensor));
  }
  const Program& program = *model.program;
  if (cut.is_edge()) {
    return InvalidArgument("cut 'edge' leaves nothing to the cloud");
  }
  const std::vector<ValueId>& values = cut.is_input() ? program.inputs : cut.values;
  if (tensors.size() != values.size()) {
    return InvalidArgument("cut '{}' has {} values, the request has {} tensors", cut.name,
                           values.size(), tensors.size());
  }
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (cut.is_input() && IsImage(tensors[i].codec)) {
      RETURN_IF_ERROR(CheckImageInput(model.info()));
      continue;  // its size is checked when it is decoded
    }
    RETURN_IF_ERROR(CheckShape(program, program.values[values[i]], tensors[i]));
  }
  return absl::OkStatus();
}

}  // namespace tideline
