#include "protocol/codec/layout.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "common/base/checked.h"
#include "common/base/hash.h"
#include "protocol/codec/codec.h"
#include "protocol/codec/pack.h"

namespace tideline {

bool Quantizes(DType dtype, Quantizer quantizer) {
  return dtype == DType::kFloat32 &&
         (quantizer == Quantizer::kFp16 || quantizer == Quantizer::kBf16 ||
          quantizer == Quantizer::kAffine);
}

size_t CodedSize(DType dtype, const CodecSpec& spec, size_t numel) {
  if (!Quantizes(dtype, spec.quantizer)) {
    return numel * ItemSize(dtype);
  }
  if (spec.quantizer != Quantizer::kAffine) {
    return numel * sizeof(uint16_t);
  }
  return IsLossless(spec.level) ? numel : PackedSize(numel, PackedBits(spec.levels));
}

absl::Status CheckSuits(DType dtype, const Shape& shape, Quantizer quantizer) {
  const bool raw = quantizer == Quantizer::kRaw;
  if (!raw && quantizer != Quantizer::kJpeg) {
    return absl::OkStatus();
  }
  if (dtype != DType::kUInt8 || shape.size() != (raw ? 3 : 1)) {
    return InvalidArgument("codec {} takes uint8 {}, not {} {}", raw ? "raw" : "jpeg",
                           raw ? "[H, W, C]" : "[bytes of the file]", Name(dtype), ToString(shape));
  }
  return absl::OkStatus();
}

bool AreSaneStrides(const Shape& shape, const Strides& strides) {
  const std::optional<int64_t> numel = CheckedNumel(shape);
  const std::optional<int64_t> extent = StorageExtent(shape, strides);
  if (!numel || *numel == 0 || !extent) {
    return false;
  }
  const auto twice = CheckedMul<int64_t>(*numel, 2);
  const auto most = twice ? CheckedAdd<int64_t>(*twice, 64) : std::nullopt;
  if (!most || *extent > *most ||
      std::ranges::any_of(strides, [&](int64_t stride) { return stride > *most; })) {
    return false;
  }
  std::vector<size_t> order(shape.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t dim) { return strides[dim]; });
  int64_t reach = 0;  // the last element that the dimensions so far address
  for (const size_t dim : order) {
    if (shape[dim] == 1) {
      continue;
    }
    if (strides[dim] <= reach) {
      return false;
    }
    reach += (shape[dim] - 1) * strides[dim];
  }
  return true;
}

Planes PlanesOf(const Shape& shape) {
  Planes planes;
  for (size_t dim = 0; dim < shape.size(); ++dim) {
    (dim < 2 ? planes.count : planes.size) *= static_cast<size_t>(shape[dim]);
  }
  if (!shape.empty()) {
    planes.channels = static_cast<size_t>(shape[shape.size() == 1 ? 0 : 1]);
  }
  return planes;
}

absl::StatusOr<SymbolFormat> FormatOf(const EncodedTensor& description,
                                      std::span<const Affine> affines) {
  std::vector<uint8_t> zeros;
  for (const Affine affine : affines) {
    zeros.push_back(static_cast<uint8_t>(affine.zero_point));
  }
  return MakeSymbolFormat(description.shape, description.codec.levels, std::move(zeros));
}

LosslessOptions LosslessOptionsOf(Level level, const StoredParameters* parameters) {
  return {.method = level == Level::kFast ? LosslessMethod::kFast : LosslessMethod::kDense,
          .progressive = level == Level::kProgressive,
          .tables = parameters != nullptr ? parameters->tables : nullptr};
}

uint64_t StretchCount(const CodecSpec& spec, const Shape& shape) {
  if (!IsLossless(spec.level)) {
    return 1;
  }
  const absl::StatusOr<SymbolFormat> format = MakeSymbolFormat(shape, spec.levels, {0});
  const LosslessOptions options = LosslessOptionsOf(spec.level, nullptr);
  return format.ok() ? std::max<uint64_t>(StretchCount(*format, options), 1) : 1;
}

absl::Status CheckSuits(const ParameterSet& set, const EncodedTensor& description) {
  const size_t channels = PlanesOf(description.shape).channels;
  if (set.rounding.levels != description.codec.levels ||
      (set.channels.size() != 1 && set.channels.size() != channels)) {
    return InvalidArgument(
        "cut '{}' is calibrated for {} levels and {} channels, not for {} and shape {}", set.cut,
        set.rounding.levels, set.channels.size(), ToString(description.codec),
        ToString(description.shape));
  }
  return absl::OkStatus();
}

absl::Status QuantizePlanes(std::span<const float> values, const Planes& planes,
                            std::span<const Affine> affines, Rounding rounding,
                            std::span<uint8_t> symbols) {
  bool finite = true;
  if (affines.size() == 1) {
    finite = Quantize(values, affines.front(), rounding, symbols);
  } else {
    for (size_t i = 0; i < planes.count; ++i) {
      finite &= Quantize(values.subspan(i * planes.size, planes.size), affines[i % planes.channels],
                         rounding, symbols.subspan(i * planes.size, planes.size));
    }
  }
  return finite ? absl::OkStatus()
                : InvalidArgument("the tensor has NaN or infinity in it; use fp32, fp16 or bf16");
}

void DequantizePlanes(std::span<const uint8_t> symbols, const Planes& planes,
                      std::span<const Affine> affines, std::span<float> values) {
  if (affines.size() == 1) {
    return Dequantize(symbols, affines.front(), values);
  }
  for (size_t i = 0; i < planes.count; ++i) {
    Dequantize(symbols.subspan(i * planes.size, planes.size), affines[i % planes.channels],
               values.subspan(i * planes.size, planes.size));
  }
}

uint32_t Checksum(const EncodedTensor& description, std::span<const std::byte> coded) {
  std::string bytes;
  const auto add = [&](auto value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  };
  add(static_cast<uint8_t>(description.dtype));
  add(static_cast<uint8_t>(description.codec.quantizer));
  add(static_cast<uint8_t>(description.codec.level));
  add(static_cast<uint8_t>(description.shape.size()));
  for (const int64_t dim : description.shape) {
    add(dim);
  }
  add(static_cast<uint16_t>(description.codec.levels));
  add(description.parameters);
  add(description.scale);
  add(description.zero_point);
  return Crc32(coded, Crc32(std::as_bytes(std::span(bytes))));
}

}  // namespace tideline
