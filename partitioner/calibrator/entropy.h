#pragma once

#include <span>

#include "common/base/status.h"
#include "common/program/frontier.h"
#include "common/tensor/tensor.h"
#include "protocol/codec/codec_spec.h"
#include "protocol/codec/parameters.h"

namespace tideline {

// Bits that the symbols of a tensor take for a coder that knows nothing of them but how often each
// occurs in this tensor (their order-0 entropy, times their number). `parameters` as for
// Encoder::Encode. 0 for what has no symbols. Pure. Errors: as Encoder::Encode.
absl::StatusOr<double> EntropyBits(const Tensor& tensor, const CodecSpec& spec,
                                   const StoredParameters* parameters);

// The same of all tensors of a cut, with what the store has for them.
absl::StatusOr<double> EntropyBits(std::span<const Tensor> tensors, const Frontier& cut,
                                   const CodecSpec& spec, const ParameterStore& store);

}  // namespace tideline
