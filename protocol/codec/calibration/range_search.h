#pragma once

#include <span>
#include <vector>

#include "common/base/status.h"
#include "common/tensor/tensor.h"
#include "protocol/codec/quantize.h"

// Finds an affine quantizer's parameters for the tensors of a cut from samples of them. Pure.
namespace tideline {

enum class RangeMethod {
  kWhole,         // covers every element
  kPercentile,    // leaves the same share of the elements out at each end
  kSquaredError,  // least squared error
  kEntropy,       // least squared error + bit_price · order-0 entropy
};

struct RangeSearch {
  int levels = 256;
  bool per_channel = false;  // else one range for the whole tensor
  RangeMethod method = RangeMethod::kSquaredError;
  double percentile = 0.999;  // kPercentile: the share of the elements that are not clipped
  // kEntropy: the squared error that one bit per element less may cost, as a share of the elements'
  // mean square. The larger, the fewer bits.
  double bit_price = 0.01;
};

struct FoundRange {
  Rounding rounding;  // a dead zone by kEntropy alone
  std::vector<Affine> channels;
  // On the samples:
  double error = 0;  // mean squared error as a share of the mean square
  double bits = 0;   // order-0 entropy per element; per channel, each with its own frequencies
};

// `samples` are float32 of as many channels (dimension 1 of [N, C, ...]). Blocks for as long as it
// computes. Errors: InvalidArgument without elements, for another dtype, for different numbers of
// channels, for NaN or infinity, and for a search beyond its limits.
absl::StatusOr<FoundRange> FindRange(std::span<const Tensor> samples, const RangeSearch& search);

}  // namespace tideline
