#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/checked.h"
#include "common/base/status.h"
#include "common/tensor/tensor.h"

namespace tideline {

// How elements are coded; the numbers are on the wire and never change.
enum class Quantizer : uint8_t {
  kFp32 = 0,    // as they are, whatever the dtype
  kFp16 = 1,    // float32 to half precision; other dtypes as they are
  kAffine = 2,  // float32 to 2 to 256 evenly spaced levels; other dtypes as they are
  kRaw = 3,     // cut `input`: a uint8 image [H, W, C]
  kJpeg = 4,    // cut `input`: a JPEG file, uint8 [bytes]
  kBf16 = 5,    // float32 to bfloat16; other dtypes as they are
};
inline constexpr int kQuantizerCount = 6;

// What is done with the coded elements; the numbers are on the wire and never change.
enum class Level : uint8_t {
  kStored = 0,  // nothing
  kZstd = 1,    // compressed by zstd
  kFast = 2,    // kAffine alone: zstd over symbols arranged for it
  kDense = 3,   // kAffine alone: a context coder, smaller and slower
  kProgressive =
      4,  // kDense with the most significant part of all elements first: may be cut short
};
inline constexpr int kLevelCount = 5;

// Whether it is one of protocol/codec/lossless, which take a byte for each symbol.
inline bool IsLossless(Level level) { return level >= Level::kFast; }

inline constexpr int kMinLevels = 2;
inline constexpr int kMaxLevels = 256;
inline constexpr int kDefaultJpegQuality = 85;

// What a person chooses: "int8/zstd", "q5", "fp16", "raw", "jpeg:90".
struct CodecSpec {
  Quantizer quantizer = Quantizer::kFp32;
  Level level = Level::kZstd;
  int levels = kMaxLevels;                 // for kAffine
  int jpeg_quality = kDefaultJpegQuality;  // for kJpeg; who makes the file uses it

  bool operator==(const CodecSpec&) const = default;
};

// Whether it codes an image, which is possible at cut `input` alone.
inline bool IsImage(const CodecSpec& spec) {
  return spec.quantizer == Quantizer::kRaw || spec.quantizer == Quantizer::kJpeg;
}

// Reads QUANTIZER[/LEVEL]. kAffine is written intN (N bits, 1 to 8) or qL (L levels, 2 to 256).
// The levels fast, dense and progressive are for it alone. Without a level: zstd, but stored for
// jpeg, which is compressed already and takes :QUALITY from 1 to 100 instead of a level. Errors:
// InvalidArgument with the nearest name.
absl::StatusOr<CodecSpec> ParseCodecSpec(std::string_view text);

// "int8", "q5/stored", "jpeg:90": the one text that ParseCodecSpec reads back (intN where it can).
std::string ToString(const CodecSpec& spec);

// What the receiver needs beside the encoded bytes; travels in the request's header.
struct EncodedTensor {
  DType dtype = DType::kFloat32;  // of the tensor that comes out
  Shape shape;
  Strides strides;  // of the sender's tensor, restored by the decoder where they are sane
  CodecSpec codec;
  // kAffine of float32 only: the id of the ParameterSet that both sides hold; or 0, and then:
  uint64_t parameters = 0;
  float scale = 1;
  int32_t zero_point = 0;
  uint64_t encoded_bytes = 0;
};

// Of the tensor that comes out; nullopt for a shape that cannot be and for more than 64 bits count.
inline std::optional<uint64_t> DecodedBytes(const EncodedTensor& tensor) {
  const std::optional<int64_t> numel = CheckedNumel(tensor.shape);
  return numel ? CheckedMul<uint64_t>(*numel, ItemSize(tensor.dtype)) : std::nullopt;
}

}  // namespace tideline
