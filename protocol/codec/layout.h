#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/base/status.h"
#include "protocol/codec/codec_spec.h"
#include "protocol/codec/lossless/lossless.h"
#include "protocol/codec/parameters.h"
#include "protocol/codec/quantize.h"

// Sizes, layouts and the checksum that the encoder and the decoder agree on.
namespace tideline {

// Whether the quantizer changes elements of this dtype.
bool Quantizes(DType dtype, Quantizer quantizer);

// Whether the elements become symbols of an affine quantizer.
inline bool IsAffine(DType dtype, Quantizer quantizer) {
  return quantizer == Quantizer::kAffine && Quantizes(dtype, quantizer);
}

// Bytes of `numel` elements between quantizer and level. Symbols are packed but for the lossless
// levels.
size_t CodedSize(DType dtype, const CodecSpec& spec, size_t numel);

// Checks what raw and jpeg ask of a tensor; other quantizers take any.
absl::Status CheckSuits(DType dtype, const Shape& shape, Quantizer quantizer);

// Whether strides address every element of the shape once, within twice the elements plus 64.
bool AreSaneStrides(const Shape& shape, const Strides& strides);

// The stretches of a tensor that share their quantizer's parameters. [] is one channel, [C] and
// [N, C, ...] are C of them.
struct Planes {
  size_t count = 1;     // N · C
  size_t channels = 1;  // plane i is of channel i % channels
  size_t size = 1;      // elements of each
};
Planes PlanesOf(const Shape& shape);

// What the lossless levels must know of a tensor of symbols. `affines` has one element, or one for
// each channel. Errors: InvalidArgument for more symbols than they take.
absl::StatusOr<SymbolFormat> FormatOf(const EncodedTensor& description,
                                      std::span<const Affine> affines);

// How a lossless level codes; `parameters` may be nullptr.
LosslessOptions LosslessOptionsOf(Level level, const StoredParameters* parameters);

// Whether calibrated parameters are for this many levels and channels. Errors: InvalidArgument.
absl::Status CheckSuits(const ParameterSet& set, const EncodedTensor& description);

// `affines` has one element, or one for each channel. Errors: InvalidArgument for NaN or infinity.
absl::Status QuantizePlanes(std::span<const float> values, const Planes& planes,
                            std::span<const Affine> affines, Rounding rounding,
                            std::span<uint8_t> symbols);
void DequantizePlanes(std::span<const uint8_t> symbols, const Planes& planes,
                      std::span<const Affine> affines, std::span<float> values);

// CRC-32 of what makes the tensor: the description, but for its strides, its encoded bytes and its
// JPEG quality, and the elements as the level takes them.
uint32_t Checksum(const EncodedTensor& description, std::span<const std::byte> coded);

inline constexpr size_t kMaxRank = 16;
inline constexpr uint64_t kChecksumBytes = 4;  // at the end of the encoded bytes
inline constexpr int kZstdLevel = 1;
inline constexpr int kMaxWindowLog = 21;  // of a zstd frame that is accepted: 2 MiB

}  // namespace tideline
