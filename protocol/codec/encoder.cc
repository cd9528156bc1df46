#include <cstring>
#include <new>
#include <utility>
#include <vector>
#include <zstd.h>

#include "protocol/codec/codec.h"
#include "protocol/codec/half.h"
#include "protocol/codec/layout.h"
#include "protocol/codec/pack.h"

namespace tideline {
namespace {

using ByteSpan = std::span<const std::byte>;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

}  // namespace

struct Encoder::Workspace {
  std::unique_ptr<ZSTD_CCtx, FreeContext> zstd{ZSTD_createCCtx()};
  LosslessEncoder lossless;
  std::vector<uint16_t> halves;
  std::vector<uint8_t> symbols;
  std::vector<uint8_t> packed;
  std::vector<std::byte> compressed;

  // The elements of a contiguous tensor as the level takes them; valid until the next call.
  absl::StatusOr<ByteSpan> Quantized(const Tensor& tensor, const StoredParameters* parameters,
                                     EncodedTensor& description);
  absl::Status MakeSymbols(std::span<const float> values, const StoredParameters* parameters,
                           EncodedTensor& description);
  ByteSpan Packed(int levels);
  absl::StatusOr<ByteSpan> Compressed(ByteSpan bytes);
  // Hands on what the level makes of the elements that Quantized gave.
  absl::Status Apply(const EncodedTensor& description, const StoredParameters* parameters,
                     ByteSpan coded, const ChunkSink& sink);
};

absl::StatusOr<ByteSpan> Encoder::Workspace::Quantized(const Tensor& tensor,
                                                       const StoredParameters* parameters,
                                                       EncodedTensor& description) {
  const Quantizer quantizer = description.codec.quantizer;
  if (!Quantizes(tensor.dtype(), quantizer)) {
    return ByteSpan(tensor.data(), tensor.nbytes());
  }
  const std::span<const float> values(tensor.as<float>(), static_cast<size_t>(tensor.numel()));
  if (quantizer == Quantizer::kAffine) {
    RETURN_IF_ERROR(MakeSymbols(values, parameters, description));
    return IsLossless(description.codec.level) ? std::as_bytes(std::span(symbols))
                                               : Packed(description.codec.levels);
  }
  halves.resize(values.size());
  (quantizer == Quantizer::kFp16 ? ToHalf : ToBfloat)(values, halves);
  return std::as_bytes(std::span(halves));
}

absl::Status Encoder::Workspace::MakeSymbols(std::span<const float> values,
                                             const StoredParameters* parameters,
                                             EncodedTensor& description) {
  symbols.resize(values.size());
  const Planes planes = PlanesOf(description.shape);
  if (parameters != nullptr) {
    const ParameterSet& set = parameters->set;
    RETURN_IF_ERROR(CheckSuits(set, description));
    description.parameters = parameters->id;
    return QuantizePlanes(values, planes, set.channels, set.rounding, symbols);
  }
  const int levels = description.codec.levels;
  ASSIGN_OR_RETURN(const Affine affine, FitAffine(values, levels));
  description.scale = affine.scale;
  description.zero_point = affine.zero_point;
  return QuantizePlanes(values, planes, {&affine, 1}, {.levels = levels}, symbols);
}

ByteSpan Encoder::Workspace::Packed(int levels) {
  const int bits = PackedBits(levels);
  if (bits == 8) {
    return std::as_bytes(std::span(symbols));
  }
  packed.resize(PackedSize(symbols.size(), bits));
  Pack(symbols, bits, packed);
  return std::as_bytes(std::span(packed));
}

absl::StatusOr<ByteSpan> Encoder::Workspace::Compressed(ByteSpan bytes) {
  if (zstd == nullptr) {
    return ResourceExhausted("zstd: no memory");
  }
  ZSTD_CCtx_setParameter(zstd.get(), ZSTD_c_compressionLevel, kZstdLevel);
  compressed.resize(ZSTD_compressBound(bytes.size()));
  const size_t size =
      ZSTD_compress2(zstd.get(), compressed.data(), compressed.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size)) {
    return Internal("zstd: {}", ZSTD_getErrorName(size));
  }
  return ByteSpan(compressed.data(), size);
}

absl::Status Encoder::Workspace::Apply(const EncodedTensor& description,
                                       const StoredParameters* parameters, ByteSpan coded,
                                       const ChunkSink& sink) {
  if (IsLossless(description.codec.level)) {
    const Affine own{description.scale, description.zero_point};
    const std::span<const Affine> affines =
        parameters != nullptr ? std::span(parameters->set.channels) : std::span(&own, 1);
    ASSIGN_OR_RETURN(const SymbolFormat format, FormatOf(description, affines));
    return lossless.Encode(symbols, format, LosslessOptionsOf(description.codec.level, parameters),
                           sink);
  }
  if (description.codec.level == Level::kZstd) {
    ASSIGN_OR_RETURN(coded, Compressed(coded));
  }
  return sink(coded);
}

Encoder::Encoder() : workspace_(std::make_unique<Workspace>()) {}
Encoder::~Encoder() = default;

absl::StatusOr<EncodedTensor> Encoder::Encode(const Tensor& tensor, const CodecSpec& spec,
                                              const StoredParameters* parameters,
                                              const ChunkSink& sink) {
  RETURN_IF_ERROR(CheckSuits(tensor.dtype(), tensor.shape(), spec.quantizer));
  if (tensor.shape().size() > kMaxRank) {
    return InvalidArgument("tensor of shape {}: at most {} dimensions can be sent",
                           ToString(tensor.shape()), kMaxRank);
  }
  EncodedTensor description;
  description.dtype = tensor.dtype();
  description.shape = tensor.shape();
  description.strides = tensor.strides();
  description.codec = spec;
  if (IsLossless(spec.level) && !IsAffine(tensor.dtype(), spec.quantizer)) {
    description.codec.level = Level::kZstd;  // there are no symbols
  }
  if (tensor.numel() == 0) {
    return description;
  }
  ASSIGN_OR_RETURN(const Tensor canonical, Contiguous(tensor));
  ASSIGN_OR_RETURN(const ByteSpan coded, workspace_->Quantized(canonical, parameters, description));
  const ChunkSink count_and_sink = [&](ByteSpan bytes) {
    description.encoded_bytes += bytes.size();
    return sink(bytes);
  };
  RETURN_IF_ERROR(workspace_->Apply(description, parameters, coded, count_and_sink));
  const uint32_t checksum = Checksum(description, coded);
  RETURN_IF_ERROR(count_and_sink(std::as_bytes(std::span(&checksum, 1))));
  return description;
}

absl::StatusOr<Encoded> EncodeWhole(Encoder& encoder, const Tensor& tensor, const CodecSpec& spec,
                                    const StoredParameters* parameters) {
  std::string content;
  ASSIGN_OR_RETURN(EncodedTensor description,
                   encoder.Encode(tensor, spec, parameters, [&](std::span<const std::byte> bytes) {
                     content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                     return absl::OkStatus();
                   }));
  return Encoded{std::move(description), Bytes::Own(std::move(content))};
}

}  // namespace tideline
