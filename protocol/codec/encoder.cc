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
  // Between Prepare and Run.
  Tensor canonical;
  ByteSpan coded;  // of it, as the level takes the elements; empty where there are none
  EncodedTensor description;
  const StoredParameters* parameters = nullptr;

  // The elements of `canonical` as the level takes them.
  absl::StatusOr<ByteSpan> Quantized();
  absl::Status MakeSymbols(std::span<const float> values);
  ByteSpan Packed(int levels);
  absl::StatusOr<ByteSpan> Compressed(ByteSpan bytes);
  absl::StatusOr<SymbolFormat> Format() const;
  uint64_t MostBytes() const;
  // Hands on what the level makes of the elements.
  absl::Status Apply(const ChunkSink& sink);
};

absl::StatusOr<ByteSpan> Encoder::Workspace::Quantized() {
  const Quantizer quantizer = description.codec.quantizer;
  if (!Quantizes(canonical.dtype(), quantizer)) {
    return ByteSpan(canonical.data(), canonical.nbytes());
  }
  const std::span<const float> values(canonical.as<float>(),
                                      static_cast<size_t>(canonical.numel()));
  if (quantizer == Quantizer::kAffine) {
    RETURN_IF_ERROR(MakeSymbols(values));
    return IsLossless(description.codec.level) ? std::as_bytes(std::span(symbols))
                                               : Packed(description.codec.levels);
  }
  halves.resize(values.size());
  (quantizer == Quantizer::kFp16 ? ToHalf : ToBfloat)(values, halves);
  return std::as_bytes(std::span(halves));
}

absl::Status Encoder::Workspace::MakeSymbols(std::span<const float> values) {
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

absl::StatusOr<SymbolFormat> Encoder::Workspace::Format() const {
  const Affine own{description.scale, description.zero_point};
  return FormatOf(description,
                  parameters != nullptr ? std::span(parameters->set.channels) : std::span(&own, 1));
}

// What a lossless level makes of symbols may be longer than they are, but hardly than the elements
// that they stand for: what is improbable and comes often does not stay improbable.
uint64_t Encoder::Workspace::MostBytes() const {
  constexpr uint64_t kFrame = 1024;
  const Level level = description.codec.level;
  const uint64_t most = level == Level::kStored ? coded.size()
                        : level == Level::kZstd ? ZSTD_compressBound(coded.size())
                                                : canonical.nbytes() + kFrame;
  return most + kChecksumBytes;
}

absl::Status Encoder::Workspace::Apply(const ChunkSink& sink) {
  if (IsLossless(description.codec.level)) {
    ASSIGN_OR_RETURN(const SymbolFormat format, Format());
    return lossless.Encode(symbols, format, LosslessOptionsOf(description.codec.level, parameters),
                           sink);
  }
  if (description.codec.level == Level::kZstd) {
    ASSIGN_OR_RETURN(const ByteSpan bytes, Compressed(coded));
    return sink(bytes);
  }
  return sink(coded);
}

Encoder::Encoder() : workspace_(std::make_unique<Workspace>()) {}
Encoder::~Encoder() = default;

absl::StatusOr<Encoder::Prepared> Encoder::Prepare(const Tensor& tensor, const CodecSpec& spec,
                                                   const StoredParameters* parameters) {
  Workspace& work = *workspace_;
  work.canonical = Tensor();
  work.coded = ByteSpan();
  RETURN_IF_ERROR(CheckSuits(tensor.dtype(), tensor.shape(), spec.quantizer));
  if (tensor.shape().size() > kMaxRank) {
    return InvalidArgument("tensor of shape {}: at most {} dimensions can be sent",
                           ToString(tensor.shape()), kMaxRank);
  }
  work.description = EncodedTensor();
  work.description.dtype = tensor.dtype();
  work.description.shape = tensor.shape();
  work.description.strides = tensor.strides();
  work.description.codec = spec;
  const bool affine = IsAffine(tensor.dtype(), spec.quantizer);
  work.parameters = affine ? parameters : nullptr;
  if (IsLossless(spec.level) && !affine) {
    work.description.codec.level = Level::kZstd;  // there are no symbols
  }
  if (tensor.numel() == 0) {
    return Prepared{work.description, 0};
  }
  ASSIGN_OR_RETURN(work.canonical, Contiguous(tensor));
  ASSIGN_OR_RETURN(work.coded, work.Quantized());
  Prepared prepared{work.description, StretchCount(work.description.codec, tensor.shape())};
  prepared.description.encoded_bytes = work.MostBytes();
  return prepared;
}

absl::StatusOr<uint64_t> Encoder::Run(const ChunkSink& sink) {
  Workspace& work = *workspace_;
  uint64_t bytes = 0;
  if (work.coded.empty()) {
    return bytes;
  }
  const ChunkSink count_and_sink = [&](ByteSpan stretch) {
    bytes += stretch.size();
    return sink(stretch);
  };
  RETURN_IF_ERROR(work.Apply(count_and_sink));
  const uint32_t checksum = Checksum(work.description, work.coded);
  RETURN_IF_ERROR(count_and_sink(std::as_bytes(std::span(&checksum, 1))));
  work.coded = ByteSpan();
  work.canonical = Tensor();
  return bytes;
}

absl::StatusOr<EncodedTensor> Encoder::Encode(const Tensor& tensor, const CodecSpec& spec,
                                              const StoredParameters* parameters,
                                              const ChunkSink& sink) {
  ASSIGN_OR_RETURN(Prepared prepared, Prepare(tensor, spec, parameters));
  ASSIGN_OR_RETURN(prepared.description.encoded_bytes, Run(sink));
  return std::move(prepared.description);
}

absl::StatusOr<Bytes> RunWhole(Encoder& encoder) {
  std::string content;
  RETURN_IF_ERROR(encoder
                      .Run([&](std::span<const std::byte> bytes) {
                        content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                        return absl::OkStatus();
                      })
                      .status());
  return Bytes::Own(std::move(content));
}

absl::StatusOr<Encoded> EncodeWhole(Encoder& encoder, const Tensor& tensor, const CodecSpec& spec,
                                    const StoredParameters* parameters) {
  ASSIGN_OR_RETURN(Encoder::Prepared prepared, encoder.Prepare(tensor, spec, parameters));
  ASSIGN_OR_RETURN(Bytes bytes, RunWhole(encoder));
  prepared.description.encoded_bytes = bytes.size();
  return Encoded{std::move(prepared.description), std::move(bytes)};
}

}  // namespace tideline
