#include "partitioner/calibrator/entropy.h"

#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "protocol/codec/layout.h"

namespace tideline {
namespace {

absl::StatusOr<std::vector<uint8_t>> Symbols(std::span<const float> values, const Planes& planes,
                                             int levels, const StoredParameters* parameters) {
  std::vector<uint8_t> symbols(values.size());
  if (parameters != nullptr) {
    const ParameterSet& set = parameters->set;
    RETURN_IF_ERROR(QuantizePlanes(values, planes, set.channels, set.rounding, symbols));
    return symbols;
  }
  ASSIGN_OR_RETURN(const Affine affine, FitAffine(values, levels));
  RETURN_IF_ERROR(QuantizePlanes(values, planes, {&affine, 1}, {.levels = levels}, symbols));
  return symbols;
}

}  // namespace

absl::StatusOr<double> EntropyBits(const Tensor& tensor, const CodecSpec& spec,
                                   const StoredParameters* parameters) {
  if (!IsAffine(tensor.dtype(), spec.quantizer)) {
    return 0;
  }
  ASSIGN_OR_RETURN(const Tensor canonical, Contiguous(tensor));
  const std::span<const float> values(canonical.as<float>(), static_cast<size_t>(tensor.numel()));
  ASSIGN_OR_RETURN(const std::vector<uint8_t> symbols,
                   Symbols(values, PlanesOf(tensor.shape()), spec.levels, parameters));
  std::array<uint64_t, kMaxLevels> counts{};
  for (const uint8_t symbol : symbols) {
    ++counts[symbol];
  }
  double bits = 0;
  for (const uint64_t count : counts) {
    if (count > 0) {
      bits += static_cast<double>(count) *
              std::log2(static_cast<double>(symbols.size()) / static_cast<double>(count));
    }
  }
  return bits;
}

absl::StatusOr<double> EntropyBits(std::span<const Tensor> tensors, const Frontier& cut,
                                   const CodecSpec& spec, const ParameterStore& store) {
  double sum = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    ASSIGN_OR_RETURN(
        const double bits,
        EntropyBits(tensors[i], spec, store.Find(cut.name, static_cast<uint16_t>(i), spec.levels)));
    sum += bits;
  }
  return sum;
}

}  // namespace tideline
