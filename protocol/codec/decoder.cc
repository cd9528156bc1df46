#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>
#include <zstd.h>

#include "common/base/checked.h"
#include "protocol/codec/codec.h"
#include "protocol/codec/description.h"
#include "protocol/codec/half.h"
#include "protocol/codec/layout.h"
#include "protocol/codec/level_decoder.h"
#include "protocol/codec/pack.h"

static_assert(std::endian::native == std::endian::little, "elements travel little-endian");

namespace tideline {
struct Decoder::State {
  EncodedTensor description;
  std::vector<Affine> affines;          // of a tensor of symbols
  Tensor result;                        // with the final strides
  Tensor coded;                         // `result` itself where nothing is left to do
  std::unique_ptr<LevelDecoder> level;  // nullptr without elements
  uint64_t received = 0;                // encoded bytes, checksum included
  // The last bytes that came: the checksum, where they are the last ones of all.
  std::array<std::byte, kChecksumBytes> held{};
  size_t held_size = 0;
  absl::Status status;

  absl::Status Open(const ParameterStore* store);
  absl::Status OpenLossless(const StoredParameters* parameters);
  absl::Status OpenBytes();
  absl::Status Allocate();
  absl::Status Feed(std::span<const std::byte> bytes);
  absl::Status Complete();
  absl::StatusOr<SymbolPrefix> Prefix();
  absl::StatusOr<int> CompleteEarly();
  absl::Status CheckElements(std::span<const std::byte> elements) const;
  absl::Status Restore(std::span<const std::byte> elements);
  absl::Status Dequantize(std::span<const std::byte> elements, std::span<float> out) const;
};

// Finds the quantizer's parameters and makes room.
absl::Status Decoder::State::Open(const ParameterStore* store) {
  ASSIGN_OR_RETURN(Dequantization dequantization, FindDequantization(description, store));
  affines = std::move(dequantization.affines);
  if (CheckedNumel(description.shape) == 0) {
    RETURN_IF_ERROR(CheckEncodedBytes(description, 0, 0));
    return Allocate();
  }
  return IsLossless(description.codec.level) ? OpenLossless(dequantization.stored) : OpenBytes();
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
  if (bytes.size() > description.encoded_bytes - received) {
    return DataLoss("more than the {} encoded bytes announced", description.encoded_bytes);
  }
  received += bytes.size();
  const size_t all = held_size + bytes.size();
  const size_t passed = all - std::min(all, held.size());  // of what was held and what is new
  const size_t old = std::min(passed, held_size);
  const size_t fresh = passed - old;
  if (old > 0) {
    RETURN_IF_ERROR(level->Feed(std::span(held).first(old)));
    std::copy(held.begin() + old, held.begin() + held_size, held.begin());
    held_size -= old;
  }
  if (fresh > 0) {
    RETURN_IF_ERROR(level->Feed(bytes.first(fresh)));
  }
  std::copy(bytes.begin() + fresh, bytes.end(), held.begin() + held_size);
  held_size = all - passed;
  return absl::OkStatus();
}

absl::Status Decoder::State::Complete() {
  if (received != description.encoded_bytes) {
    return DataLoss("{} of {} encoded bytes came", received, description.encoded_bytes);
  }
  if (level == nullptr) {
    return absl::OkStatus();
  }
  if (held_size < held.size()) {
    return DataLoss("{} encoded bytes are less than a checksum", received);
  }
  ASSIGN_OR_RETURN(const std::span<const std::byte> elements, level->Finish());
  RETURN_IF_ERROR(CheckElements(elements));
  return Restore(elements);
}

// What is known without the rest. Where layers are missing, the bytes that are held are none of the
// checksum: as many come between the last layer and it.
absl::StatusOr<SymbolPrefix> Decoder::State::Prefix() {
  absl::StatusOr<SymbolPrefix> prefix = level->Prefix();
  if (absl::IsUnavailable(prefix.status()) || (prefix.ok() && prefix->tolerance > 0)) {
    RETURN_IF_ERROR(level->Feed(std::span(held).first(std::exchange(held_size, 0))));
    prefix = level->Prefix();
  }
  return prefix;
}

absl::StatusOr<int> Decoder::State::CompleteEarly() {
  if (description.codec.level != Level::kProgressive) {
    return InvalidArgument("{} of {} encoded bytes came, and {} is not progressive", received,
                           description.encoded_bytes, ToString(description.codec));
  }
  const absl::StatusOr<SymbolPrefix> prefix = Prefix();
  if (absl::IsUnavailable(prefix.status())) {
    return DataLoss("{} of {} encoded bytes came, which is too little to decode anything", received,
                    description.encoded_bytes);
  }
  RETURN_IF_ERROR(prefix.status());
  RETURN_IF_ERROR(Restore(std::as_bytes(prefix->symbols)));
  return prefix->tolerance;
}

absl::Status Decoder::State::CheckElements(std::span<const std::byte> elements) const {
  if (std::bit_cast<uint32_t>(held) != Checksum(description, elements)) {
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
  RETURN_IF_ERROR(CheckDescription(description, max_tensor));
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

absl::StatusOr<Decoder::CutShort> Decoder::FinishAt(uint64_t encoded_bytes) {
  if (state_->received < encoded_bytes) {
    return FinishEarly();
  }
  state_->description.encoded_bytes = encoded_bytes;
  ASSIGN_OR_RETURN(Tensor tensor, Finish());
  return CutShort{std::move(tensor), 0};
}

absl::StatusOr<Decoder::CutShort> DecodePrefix(const EncodedTensor& description,
                                               std::span<const std::byte> bytes,
                                               uint64_t max_tensor, const ParameterStore* store) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Decoder> decoder,
                   Decoder::Create(description, max_tensor, store));
  RETURN_IF_ERROR(decoder->Feed(bytes));
  return decoder->FinishAt(description.encoded_bytes);
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
