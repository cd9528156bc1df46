#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>
#include <zstd.h>

#include "common/base/checked.h"
#include "protocol/codec/codec.h"
#include "protocol/codec/half.h"
#include "protocol/codec/layout.h"
#include "protocol/codec/level_decoder.h"
#include "protocol/codec/pack.h"

static_assert(std::endian::native == std::endian::little, "elements travel little-endian");

namespace tideline {
namespace {

absl::Status CheckNames(const EncodedTensor& description) {
  const CodecSpec& codec = description.codec;
  if (static_cast<int>(description.dtype) >= kDTypeCount ||
      static_cast<int>(codec.quantizer) >= kQuantizerCount ||
      static_cast<int>(codec.level) >= kLevelCount || codec.levels < kMinLevels ||
      codec.levels > kMaxLevels) {
    return InvalidArgument("tensor: dtype {}, quantizer {} of {} levels or level {} is not known",
                           static_cast<int>(description.dtype), static_cast<int>(codec.quantizer),
                           codec.levels, static_cast<int>(codec.level));
  }
  if (description.shape.size() > kMaxRank ||
      description.strides.size() != description.shape.size()) {
    return InvalidArgument("tensor: has {} dimensions and {} strides, expected as many, at most {}",
                           description.shape.size(), description.strides.size(), kMaxRank);
  }
  return CheckSuits(description.dtype, description.shape, codec.quantizer);
}

// The parameters that the description names. Errors: InvalidArgument where they are not there or
// not for this tensor.
absl::StatusOr<const StoredParameters*> FindParameters(const EncodedTensor& description,
                                                       const ParameterStore* store) {
  const StoredParameters* parameters =
      store != nullptr ? store->Find(description.parameters) : nullptr;
  if (parameters == nullptr) {
    return InvalidArgument(
        "tensor: codec parameters {:016x} are not here; copy the model's folder from one side to "
        "the other",
        description.parameters);
  }
  RETURN_IF_ERROR(CheckSuits(parameters->set, description));
  return parameters;
}

absl::StatusOr<Affine> OwnAffine(const EncodedTensor& description) {
  const Affine affine{description.scale, description.zero_point};
  if (!IsSane(affine, description.codec.levels)) {
    return InvalidArgument("tensor: scale {} and zero point {} are outside the limits of {}",
                           affine.scale, affine.zero_point, ToString(description.codec));
  }
  return affine;
}

absl::Status CheckDecodedSize(const EncodedTensor& description, uint64_t max_tensor) {
  const std::optional<int64_t> numel = CheckedNumel(description.shape);
  const auto decoded =
      numel ? CheckedMul<uint64_t>(*numel, ItemSize(description.dtype)) : std::nullopt;
  if (!decoded) {
    return InvalidArgument("tensor of shape {}: impossible size", ToString(description.shape));
  }
  if (*decoded > max_tensor) {
    return ResourceExhausted(
        "tensor of shape {} has {} bytes, at most {} are accepted; raise "
        "limits.max_tensor or choose a later cut",
        ToString(description.shape), *decoded, max_tensor);
  }
  return absl::OkStatus();
}

absl::Status CheckEncodedBytes(const EncodedTensor& description, uint64_t least, uint64_t most) {
  if (description.encoded_bytes < least || description.encoded_bytes > most) {
    return InvalidArgument("tensor of shape {}: {} encoded bytes, {} has {} to {}",
                           ToString(description.shape), description.encoded_bytes,
                           ToString(description.codec), least, most);
  }
  return absl::OkStatus();
}

}  // namespace

struct Decoder::State {
  EncodedTensor description;
  std::vector<Affine> affines;          // of a tensor of symbols
  Tensor result;                        // with the final strides
  Tensor coded;                         // `result` itself where nothing is left to do
  std::unique_ptr<LevelDecoder> level;  // nullptr without elements
  uint64_t received = 0;                // encoded bytes, checksum included
  std::array<std::byte, kChecksumBytes> checksum;
  absl::Status status;

  absl::Status Open(const ParameterStore* store);
  absl::Status OpenLossless(const StoredParameters* parameters);
  absl::Status OpenBytes();
  absl::Status Allocate();
  absl::Status Feed(std::span<const std::byte> bytes);
  absl::Status Complete();
  absl::StatusOr<int> CompleteEarly();
  absl::Status CheckElements(std::span<const std::byte> elements) const;
  absl::Status Restore(std::span<const std::byte> elements);
  absl::Status Dequantize(std::span<const std::byte> elements, std::span<float> out) const;
};

// Finds the quantizer's parameters and makes room.
absl::Status Decoder::State::Open(const ParameterStore* store) {
  const CodecSpec& codec = description.codec;
  const StoredParameters* parameters = nullptr;
  if (IsAffine(description.dtype, codec.quantizer)) {
    if (description.parameters != 0) {
      ASSIGN_OR_RETURN(parameters, FindParameters(description, store));
      affines = parameters->set.channels;
    } else {
      ASSIGN_OR_RETURN(affines.emplace_back(), OwnAffine(description));
    }
  } else if (IsLossless(codec.level)) {
    return InvalidArgument("tensor: {} has no symbols for {}", Name(description.dtype),
                           ToString(codec));
  }
  if (CheckedNumel(description.shape) == 0) {
    RETURN_IF_ERROR(CheckEncodedBytes(description, 0, 0));
    return Allocate();
  }
  return IsLossless(codec.level) ? OpenLossless(parameters) : OpenBytes();
}

absl::Status Decoder::State::OpenLossless(const StoredParameters* parameters) {
  ASSIGN_OR_RETURN(const SymbolFormat format, FormatOf(description, affines));
  RETURN_IF_ERROR(
      CheckEncodedBytes(description, kChecksumBytes, MaxEncodedBytes(format) + kChecksumBytes));
  RETURN_IF_ERROR(Allocate());
  const LosslessOptions options = LosslessOptionsOf(description.codec.level, parameters);
  ASSIGN_OR_RETURN(level, MakeLosslessDecoder(format, options));
  return absl::OkStatus();
}

absl::Status Decoder::State::OpenBytes() {
  const size_t numel = static_cast<size_t>(*CheckedNumel(description.shape));
  const size_t size = CodedSize(description.dtype, description.codec, numel);
  const bool stored = description.codec.level == Level::kStored;
  const size_t most = stored ? size : ZSTD_compressBound(size);
  RETURN_IF_ERROR(
      CheckEncodedBytes(description, (stored ? size : 0) + kChecksumBytes, most + kChecksumBytes));
  RETURN_IF_ERROR(Allocate());
  coded = result;
  if (!result.contiguous() || Quantizes(description.dtype, description.codec.quantizer)) {
    ASSIGN_OR_RETURN(coded, Tensor::Allocate(DType::kUInt8, {static_cast<int64_t>(size)}));
  }
  const std::span<std::byte> out(coded.mutable_data(), size);
  if (stored) {
    level = MakeStoredDecoder(out);
  } else {
    ASSIGN_OR_RETURN(level, MakeZstdDecoder(out));
  }
  return absl::OkStatus();
}

absl::Status Decoder::State::Allocate() {
  const bool keep_strides = AreSaneStrides(description.shape, description.strides);
  ASSIGN_OR_RETURN(result, Tensor::Allocate(description.dtype, description.shape,
                                            keep_strides ? description.strides : Strides()));
  return absl::OkStatus();
}

absl::Status Decoder::State::Feed(std::span<const std::byte> bytes) {
  const uint64_t left = description.encoded_bytes - received;
  if (bytes.size() > left) {
    return DataLoss("more than the {} encoded bytes announced", description.encoded_bytes);
  }
  const size_t content = std::min<uint64_t>(bytes.size(), left - std::min(left, kChecksumBytes));
  if (content > 0) {
    RETURN_IF_ERROR(level->Feed(bytes.first(content)));
  }
  for (size_t i = content; i < bytes.size(); ++i) {
    checksum[kChecksumBytes - (left - i)] = bytes[i];
  }
  received += bytes.size();
  return absl::OkStatus();
}

absl::Status Decoder::State::Complete() {
  if (received != description.encoded_bytes) {
    return DataLoss("{} of {} encoded bytes came", received, description.encoded_bytes);
  }
  if (level == nullptr) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::span<const std::byte> elements, level->Finish());
  RETURN_IF_ERROR(CheckElements(elements));
  return Restore(elements);
}

absl::StatusOr<int> Decoder::State::CompleteEarly() {
  if (description.codec.level != Level::kProgressive) {
    return InvalidArgument("{} of {} encoded bytes came, and {} is not progressive", received,
                           description.encoded_bytes, ToString(description.codec));
  }
  const absl::StatusOr<SymbolPrefix> prefix = level->Prefix();
  if (absl::IsUnavailable(prefix.status())) {
    return DataLoss("{} of {} encoded bytes came, which is too little to decode anything", received,
                    description.encoded_bytes);
  }
  RETURN_IF_ERROR(prefix.status());
  RETURN_IF_ERROR(Restore(std::as_bytes(prefix->symbols)));
  return prefix->tolerance;
}

absl::Status Decoder::State::CheckElements(std::span<const std::byte> elements) const {
  if (std::bit_cast<uint32_t>(checksum) != Checksum(description, elements)) {
    return DataLoss("the checksum is another one");
  }
  if (description.dtype == DType::kBool &&
      std::ranges::any_of(elements, [](std::byte b) { return b > std::byte{1}; })) {
    return DataLoss("a bool is neither 0 nor 1");
  }
  return absl::OkStatus();
}

absl::Status Decoder::State::Restore(std::span<const std::byte> elements) {
  std::vector<float> values;
  if (Quantizes(description.dtype, description.codec.quantizer)) {
    const size_t numel = static_cast<size_t>(result.numel());
    std::span<float> out(reinterpret_cast<float*>(result.mutable_data()), numel);
    if (!result.contiguous()) {
      values.resize(numel);
      out = values;
    }
    RETURN_IF_ERROR(Dequantize(elements, out));
    elements = std::as_bytes(out);
  }
  if (!result.contiguous()) {
    Scatter(elements, result);
  }
  return absl::OkStatus();
}

absl::Status Decoder::State::Dequantize(std::span<const std::byte> elements,
                                        std::span<float> out) const {
  if (description.codec.quantizer != Quantizer::kAffine) {
    const std::span<const uint16_t> halves(coded.as<uint16_t>(), out.size());
    (description.codec.quantizer == Quantizer::kFp16 ? FromHalf : FromBfloat)(halves, out);
    return absl::OkStatus();
  }
  std::span<const uint8_t> symbols(reinterpret_cast<const uint8_t*>(elements.data()),
                                   elements.size());
  std::vector<uint8_t> unpacked;
  const int levels = description.codec.levels;
  if (const int bits = PackedBits(levels); bits < 8 && !IsLossless(description.codec.level)) {
    unpacked.resize(out.size());
    Unpack(symbols, bits, unpacked);
    symbols = unpacked;
  }
  uint8_t largest = 0;
  for (const uint8_t symbol : symbols) {
    largest = std::max(largest, symbol);
  }
  if (largest >= levels) {
    return DataLoss("symbol {} is none of {} levels", largest, levels);
  }
  DequantizePlanes(symbols, PlanesOf(description.shape), affines, out);
  return absl::OkStatus();
}

Decoder::Decoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
Decoder::~Decoder() = default;

absl::StatusOr<std::unique_ptr<Decoder>> Decoder::Create(const EncodedTensor& description,
                                                         uint64_t max_tensor,
                                                         const ParameterStore* store) {
  RETURN_IF_ERROR(CheckNames(description));
  RETURN_IF_ERROR(CheckDecodedSize(description, max_tensor));
  auto state = std::make_unique<State>();
  state->description = description;
  RETURN_IF_ERROR(state->Open(store));
  return std::unique_ptr<Decoder>(new Decoder(std::move(state)));
}

absl::Status Decoder::Feed(std::span<const std::byte> bytes) {
  RETURN_IF_ERROR(state_->status);
  if (const absl::Status status = state_->Feed(bytes); !status.ok()) {
    state_->status = Annotate(status, "tensor of shape " + ToString(state_->description.shape));
  }
  return state_->status;
}

absl::StatusOr<Tensor> Decoder::Finish() {
  RETURN_IF_ERROR(state_->status);
  if (const absl::Status status = state_->Complete(); !status.ok()) {
    return Annotate(status, "tensor of shape " + ToString(state_->description.shape));
  }
  return std::move(state_->result);
}

absl::StatusOr<Decoder::CutShort> Decoder::FinishEarly() {
  RETURN_IF_ERROR(state_->status);
  const absl::StatusOr<int> tolerance = state_->CompleteEarly();
  if (!tolerance.ok()) {
    return Annotate(tolerance.status(), "tensor of shape " + ToString(state_->description.shape));
  }
  return CutShort{std::move(state_->result), *tolerance};
}

absl::StatusOr<Decoder::CutShort> DecodePrefix(const EncodedTensor& description,
                                               std::span<const std::byte> bytes,
                                               uint64_t max_tensor, const ParameterStore* store) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Decoder> decoder,
                   Decoder::Create(description, max_tensor, store));
  RETURN_IF_ERROR(decoder->Feed(bytes));
  if (bytes.size() < description.encoded_bytes) {
    return decoder->FinishEarly();
  }
  ASSIGN_OR_RETURN(Tensor tensor, decoder->Finish());
  return Decoder::CutShort{std::move(tensor), 0};
}

absl::StatusOr<Tensor> DecodeWhole(const EncodedTensor& description,
                                   std::span<const std::byte> bytes, uint64_t max_tensor,
                                   const ParameterStore* store) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Decoder> decoder,
                   Decoder::Create(description, max_tensor, store));
  RETURN_IF_ERROR(decoder->Feed(bytes));
  return decoder->Finish();
}

}  // namespace tideline
