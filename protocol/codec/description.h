#pragma once

#include <cstdint>
#include <vector>

#include "common/base/status.h"
#include "protocol/codec/codec_spec.h"
#include "protocol/codec/parameters.h"
#include "protocol/codec/quantize.h"

// What a decoder asks of a tensor's description, which nobody has checked, before it allocates.
namespace tideline {

// Errors: InvalidArgument for names, dimensions and sizes that cannot be, ResourceExhausted where
// the decoded tensor has more than `max_tensor` bytes.
absl::Status CheckDescription(const EncodedTensor& description, uint64_t max_tensor);

// Errors: InvalidArgument where `encoded_bytes` is outside least to most.
absl::Status CheckEncodedBytes(const EncodedTensor& description, uint64_t least, uint64_t most);

// How the symbols of an affine quantizer become values: one element, or one for each channel.
// `stored` is nullptr where the description itself says it.
struct Dequantization {
  const StoredParameters* stored = nullptr;
  std::vector<Affine> affines;
};
// `store` may be nullptr. Nothing for a tensor that has no symbols. Errors: InvalidArgument for
// parameters that `store` has not or that are not for this tensor, for a scale or zero point that
// cannot be, and for a level that needs symbols where there are none.
absl::StatusOr<Dequantization> FindDequantization(const EncodedTensor& description,
                                                  const ParameterStore* store);

}  // namespace tideline
