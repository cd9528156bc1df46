#pragma once

#include <cstdint>
#include <vector>

#include "common/base/status.h"
#include "common/program/frontier.h"
#include "common/tensor/tensor.h"
#include "protocol/codec/codec.h"
#include "protocol/codec/codec_spec.h"
#include "protocol/codec/parameters.h"

namespace tideline {

inline constexpr uint64_t kMaxOwnTensor = uint64_t{1} << 32;  // bytes; of tensors that we made

// All tensors of a cut, coded and decoded.
struct CarriedCut {
  std::vector<Tensor> tensors;  // decoded
  double bytes = 0;             // coded
  double encode_ms = 0;
  double decode_ms = 0;
};

// The parameters of affine settings come from `store`; those that it lacks describe themselves.
// Blocks. Errors: those of Encoder and Decoder.
absl::StatusOr<CarriedCut> CarryCut(Encoder& encoder, const Frontier& cut, const CodecSpec& spec,
                                    const ParameterStore& store,
                                    const std::vector<Tensor>& tensors);

// An image (uint8 [H, W, C]) that is sent as it is, `raw` or `jpeg`. Blocks. Errors: as CarryCut.
absl::StatusOr<CarriedCut> CarryImage(Encoder& encoder, const CodecSpec& spec, const Tensor& image);

}  // namespace tideline
