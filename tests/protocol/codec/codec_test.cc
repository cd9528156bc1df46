#include "protocol/codec/codec.h"

#include <cmath>
#include <limits>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "protocol/codec/lossless/dense_stream.h"
#include "tests/protocol/codec/coded_tensors.h"

namespace tideline {
namespace {

using testing::HasSubstr;

constexpr uint64_t kMaxTensor = uint64_t{1} << 20;

struct Layout {
  const char* name;
  Shape shape;
  Strides strides;
  bool kept;  // by the decoder
};

const std::vector<Layout>& Layouts() {
  static const auto* layouts = new std::vector<Layout>{
      {"Contiguous", {2, 3, 5, 7}, {105, 35, 7, 1}, true},
      {"ChannelsLast", {2, 3, 5, 7}, {105, 1, 21, 3}, true},
      {"ChannelsLastOneImage", {1, 32, 1, 9}, {288, 1, 288, 32}, true},
      {"OneDimensional", {37}, {1}, true},
      {"Scalar", {}, {}, true},
      {"SlicedColumns", {4, 5}, {8, 1}, true},
      {"SlicedFarApart", {40, 2}, {100, 1}, false},
      {"Expanded", {6, 4}, {0, 1}, false},
      {"Overlapping", {4, 4}, {1, 1}, false},
      {"ManyDimensions", {1, 2, 1, 2, 1, 2, 1, 2, 1}, {16, 8, 8, 4, 4, 2, 2, 1, 1}, true},
      {"Empty", {3, 0, 2}, {0, 2, 1}, false},
  };
  return *layouts;
}

std::vector<std::byte> RandomBytes(size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) {
    byte = static_cast<std::byte>(random());
  }
  return bytes;
}

// Any bits whatever, but 0 and 1 for bool.
Tensor RandomTensor(DType dtype, const Shape& shape, const Strides& strides) {
  Tensor tensor = Tensor::Allocate(dtype, shape, strides).value();
  const size_t size = static_cast<size_t>(StorageExtent(shape, strides).value()) * ItemSize(dtype);
  const std::vector<std::byte> bytes = RandomBytes(size, /*seed=*/5);
  for (size_t i = 0; i < size; ++i) {
    tensor.mutable_data()[i] = dtype == DType::kBool ? bytes[i] & std::byte{1} : bytes[i];
  }
  return tensor;
}

TEST(CodecTest, Fp32IsBitExactForEveryTypeAndLayout) {
  for (const char* codec : {"fp32", "fp32/stored"}) {
    for (int dtype = 0; dtype < kDTypeCount; ++dtype) {
      for (const Layout& layout : Layouts()) {
        const Tensor tensor = RandomTensor(static_cast<DType>(dtype), layout.shape, layout.strides);
        const absl::StatusOr<Tensor> back = Decode(EncodeAs(tensor, codec));
        ASSERT_TRUE(back.ok()) << layout.name << ": " << back.status();
        EXPECT_TRUE(BitEqual(*back, tensor)) << layout.name << " " << Name(tensor.dtype());
        EXPECT_EQ(back->strides(), layout.kept ? layout.strides : ContiguousStrides(layout.shape))
            << layout.name;
      }
    }
  }
}

TEST(CodecTest, OtherTypesPassUnchangedThroughFloatQuantizers) {
  for (const char* codec :
       {"fp16", "bf16", "int8", "q5", "q5/dense", "int8/fast", "int8/progressive"}) {
    for (int dtype = 1; dtype < kDTypeCount; ++dtype) {
      const Tensor tensor = RandomTensor(static_cast<DType>(dtype), {5, 4}, {1, 5});
      EXPECT_TRUE(BitEqual(Decode(EncodeAs(tensor, codec)).value(), tensor));
    }
  }
}

TEST(CodecTest, Fp16IsWithinAThousandth) {
  for (const Layout& layout : Layouts()) {
    const Tensor tensor = Activation(layout.shape, layout.strides);
    const Tensor back = Decode(EncodeAs(tensor, "fp16")).value();
    EXPECT_LE(RelativeError(back, tensor).value(), 0x1p-11) << layout.name;
  }
}

TEST(CodecTest, Bf16IsWithinHalfAPercent) {
  for (const Layout& layout : Layouts()) {
    const Tensor tensor = Activation(layout.shape, layout.strides);
    const Tensor back = Decode(EncodeAs(tensor, "bf16")).value();
    EXPECT_LE(RelativeError(back, tensor).value(), 0x1p-8) << layout.name;
  }
}

void ExpectWithinHalfAStep(const char* codec) {
  for (const Layout& layout : Layouts()) {
    const Tensor tensor = Activation(layout.shape, layout.strides);
    const Encoded encoded = EncodeAs(tensor, codec);
    const Tensor back = Contiguous(Decode(encoded).value()).value();
    const Tensor values = Contiguous(tensor).value();
    for (int64_t i = 0; i < values.numel(); ++i) {
      EXPECT_LE(std::abs(values.as<float>()[i] - back.as<float>()[i]),
                encoded.description.scale * 0.5001f);
    }
  }
}

TEST(CodecTest, AffineIsWithinHalfAStepWhateverTheLevels) {
  for (const char* codec :
       {"int8", "q200/stored", "int4", "q11/stored", "int2", "q3/stored", "int1", "int1/stored",
        "int8/fast", "q11/fast", "int1/fast", "int8/dense", "q11/dense", "int1/dense"}) {
    SCOPED_TRACE(codec);
    ExpectWithinHalfAStep(codec);
  }
}

// The more comes of it, the nearer it is to the whole, in steps that are stated.
TEST(CodecTest, AProgressiveTensorMayBeCutShort) {
  const Tensor tensor = Activation({1, 8, 16, 16});
  const Encoded encoded = EncodeAs(tensor, "int8/progressive");
  const Tensor whole = Decode(encoded).value();
  int last = 256;
  int decoded = 0;
  for (size_t size = 0; size < encoded.bytes.size(); size += 16) {
    const absl::StatusOr<Decoder::CutShort> part =
        DecodePrefix(encoded.description, encoded.bytes.view.first(size), kMaxTensor);
    if (!part.ok()) {
      EXPECT_EQ(decoded, 0) << part.status();
      EXPECT_EQ(part.status().code(), absl::StatusCode::kDataLoss);
      continue;
    }
    ++decoded;
    EXPECT_LE(part->tolerance, last);
    last = part->tolerance;
    const auto a = part->tensor.as<float>();
    const auto b = whole.as<float>();
    for (int64_t i = 0; i < whole.numel(); ++i) {
      ASSERT_LE(std::abs(a[i] - b[i]),
                static_cast<float>(part->tolerance) * encoded.description.scale * 1.0001F);
    }
  }
  EXPECT_GT(decoded, 3);
  EXPECT_EQ(DecodePrefix(encoded.description, encoded.bytes.view, kMaxTensor)->tolerance, 0);
}

TEST(CodecTest, WhatIsNotProgressiveCannotBeCutShort) {
  for (const char* codec : {"int8/dense", "int8/fast", "int8", "fp32/stored"}) {
    const Encoded encoded = EncodeAs(Activation({1, 8, 16, 16}), codec);
    const auto part = DecodePrefix(encoded.description,
                                   encoded.bytes.view.first(encoded.bytes.size() - 1), kMaxTensor);
    EXPECT_EQ(part.status().code(), absl::StatusCode::kInvalidArgument) << codec;
  }
}

TEST(CodecTest, LayoutDoesNotChangeTheBytes) {
  const Tensor tensor = Activation({2, 3, 5, 7}, {105, 1, 21, 3});
  for (const char* codec : {"fp32", "fp16", "bf16", "int8", "q5", "int4/fast", "int4/dense"}) {
    EXPECT_EQ(Hex(EncodeAs(tensor, codec)), Hex(EncodeAs(Contiguous(tensor).value(), codec)));
  }
}

TEST(CodecTest, AnEncoderGivesTheSameBytesEveryTime) {
  Encoder encoder;
  const Tensor first = Activation({1, 8, 14, 14});
  const CodecSpec int8 = ParseCodecSpec("int8").value();
  const Encoded before = EncodeWhole(encoder, first, int8).value();
  ASSERT_TRUE(EncodeWhole(encoder, Activation({1, 64, 28, 28}), int8).ok());
  EXPECT_EQ(Hex(EncodeWhole(encoder, first, int8).value()), Hex(before));
}

TEST(CodecTest, DenseHasAStretchForEachSliceAndOthersAreOnePiece) {
  const Shape large{1, 32, 128, 256};
  const auto count = [](const char* codec, const Shape& shape) {
    return StretchCount(*ParseCodecSpec(codec), shape);
  };
  const uint64_t slices = (32 * 128 * 256) / lossless::kSliceSymbols;
  EXPECT_EQ(count("int8/dense", large), slices);
  EXPECT_EQ(count("q5/dense", large), slices);
  EXPECT_EQ(count("int8/progressive", large), 3 * slices);  // one for each layer
  for (const char* codec : {"int8", "int8/stored", "int8/fast", "fp32", "fp16/stored"}) {
    EXPECT_EQ(count(codec, large), 1) << codec;
  }
  EXPECT_EQ(count("int8/dense", {1, 64, 14, 14}), 1);
  EXPECT_EQ(count("int8/dense", {1, 1000, 1000}), 1);  // has no rows
  EXPECT_EQ(count("int8/dense", {0, 32, 128, 256}), 1);
}

TEST(CodecTest, CompressionPaysOnActivations) {
  const Tensor tensor = Activation({1, 32, 28, 28});
  const size_t fp32 = EncodeAs(tensor, "fp32").bytes.size();
  const size_t fp16 = EncodeAs(tensor, "fp16").bytes.size();
  const size_t int8 = EncodeAs(tensor, "int8").bytes.size();
  EXPECT_LT(fp32, tensor.nbytes() * 2 / 3);
  EXPECT_LT(fp16, fp32 * 2 / 3);
  EXPECT_LT(int8, fp16 * 2 / 3);
}

TEST(CodecTest, RawAndJpegTakeBytesAlone) {
  Encoder encoder;
  const Tensor image = RandomTensor(DType::kUInt8, {4, 5, 3}, {15, 3, 1});
  EXPECT_TRUE(BitEqual(Decode(EncodeAs(image, "raw")).value(), image));
  const Tensor file = RandomTensor(DType::kUInt8, {100}, {1});
  const Encoded jpeg = EncodeAs(file, "jpeg:70");
  EXPECT_EQ(jpeg.bytes.size(), 104u);
  EXPECT_EQ(jpeg.description.codec.jpeg_quality, 70);
  EXPECT_TRUE(BitEqual(Decode(jpeg).value(), file));
  EXPECT_FALSE(EncodeWhole(encoder, Activation({4, 5, 3}), {Quantizer::kRaw}).ok());
  EXPECT_FALSE(EncodeWhole(encoder, file, {Quantizer::kRaw}).ok());
  EXPECT_FALSE(EncodeWhole(encoder, image, {Quantizer::kJpeg}).ok());
}

TEST(CodecTest, TheSinksErrorStopsTheEncoder) {
  Encoder encoder;
  const auto refuse = [](std::span<const std::byte>) { return absl::CancelledError("enough"); };
  EXPECT_EQ(encoder.Encode(Activation({4}), {}, /*parameters=*/nullptr, refuse).status().code(),
            absl::StatusCode::kCancelled);
}

TEST(CodecTest, Int8RefusesNan) {
  Encoder encoder;
  const Tensor tensor = Floats({1, std::numeric_limits<float>::quiet_NaN()});
  EXPECT_THAT(EncodeWhole(encoder, tensor, {Quantizer::kAffine}).status().ToString(),
              HasSubstr("NaN"));
  EXPECT_TRUE(BitEqual(Decode(EncodeAs(tensor, "fp32")).value(), tensor));
}

TEST(CodecTest, AnEmptyTensorHasNoBytes) {
  const Encoded encoded = EncodeAs(Activation({0, 3}), "int8");
  EXPECT_EQ(encoded.description.encoded_bytes, 0u);
  EXPECT_EQ(Decode(encoded)->shape(), (Shape{0, 3}));
}
}  // namespace
}  // namespace tideline
