#include "protocol/codec/codec.h"

#include <array>
#include <cmath>
#include <limits>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/hash.h"
#include "protocol/codec/lossless/dense_stream.h"
#include "protocol/codec/lossless/tables.h"
#include "protocol/codec/quantize.h"

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

// Like what comes out of a rectifier: half of it zeros.
Tensor Activation(const Shape& shape, const Strides& strides = {}) {
  Tensor tensor = Tensor::Allocate(DType::kFloat32, shape, strides).value();
  const int64_t extent = StorageExtent(tensor.shape(), tensor.strides()).value();
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  float* values = reinterpret_cast<float*>(tensor.mutable_data());
  for (int64_t i = 0; i < extent; ++i) {
    values[i] = std::max(0.0f, normal(random));
  }
  return tensor;
}

Tensor Floats(const std::vector<float>& values) {
  Tensor tensor = Tensor::Allocate(DType::kFloat32, {static_cast<int64_t>(values.size())}).value();
  Scatter(std::as_bytes(std::span(values)), tensor);
  return tensor;
}

Encoded EncodeAs(const Tensor& tensor, std::string_view codec) {
  Encoder encoder;
  return EncodeWhole(encoder, tensor, ParseCodecSpec(codec).value()).value();
}

absl::StatusOr<Tensor> Decode(const Encoded& encoded) {
  return DecodeWhole(encoded.description, encoded.bytes.view, kMaxTensor);
}

std::string Hex(const Encoded& encoded) {
  const auto* data = reinterpret_cast<const uint8_t*>(encoded.bytes.view.data());
  return ToHex({data, encoded.bytes.size()});
}

Bytes FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return Bytes::Own(bytes);
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

// What a store of one set has.
std::shared_ptr<const ParameterStore> StoreOf(const ParameterSet& set) {
  const std::string file = WriteParameters({{set}}).value();
  return ParameterStore::Parse(std::as_bytes(std::span(file))).value();
}

// Three channels of very different sizes.
Tensor ThreeChannels() {
  Tensor tensor = Activation({2, 3, 5, 7}, {105, 1, 21, 3});
  float* values = reinterpret_cast<float*>(tensor.mutable_data());
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    values[i] *= std::array{1.0f, 20.0f, -0.01f}[static_cast<size_t>(i % 3)];
  }
  return tensor;
}

TEST(CalibratedTest, EveryChannelHasItsOwnScale) {
  const auto store = StoreOf(
      {.cut = "c", .rounding = {.levels = 16}, .channels = {{0.25f, 0}, {5, 0}, {0.0025f, 15}}});
  const StoredParameters* parameters = store->Find("c", 0, 16);
  const Tensor tensor = ThreeChannels();
  Encoder encoder;
  for (const char* codec : {"int4", "int4/stored", "int4/fast", "int4/dense"}) {
    const Encoded encoded =
        EncodeWhole(encoder, tensor, ParseCodecSpec(codec).value(), parameters).value();
    EXPECT_EQ(encoded.description.parameters, parameters->id);
    EXPECT_EQ(encoded.description.scale, 1);
    const Tensor back =
        DecodeWhole(encoded.description, encoded.bytes.view, kMaxTensor, store.get()).value();
    EXPECT_EQ(back.strides(), tensor.strides());
    for (int64_t i = 0; i < tensor.numel(); ++i) {
      const float scale = parameters->set.channels[static_cast<size_t>(i % 3)].scale;
      EXPECT_LE(std::abs(tensor.as<float>()[i] - back.as<float>()[i]), scale * 0.5001f);
    }
  }
}

TEST(CalibratedTest, OneScaleServesAllChannels) {
  const auto store =
      StoreOf({.cut = "c", .rounding = {.levels = 5, .dead_zone = 0.25f}, .channels = {{0.5f, 1}}});
  Encoder encoder;
  const Encoded encoded = EncodeWhole(encoder, Floats({-1, -0.3f, 0, 0.7f, 9}),
                                      ParseCodecSpec("q5").value(), store->Find("c", 0, 5))
                              .value();
  const Tensor back =
      DecodeWhole(encoded.description, encoded.bytes.view, kMaxTensor, store.get()).value();
  EXPECT_TRUE(BitEqual(back, Floats({-0.5f, 0, 0, 0.5f, 1.5f})));
}

// What a trainer makes of the symbols of some tensors.
std::string TablesFor(const std::vector<Tensor>& samples, Affine affine, int levels) {
  const SymbolFormat format =
      MakeSymbolFormat(samples.front().shape(), levels, {static_cast<uint8_t>(affine.zero_point)})
          .value();
  const auto trainer = LosslessTrainer::Create(format).value();
  for (const Tensor& sample : samples) {
    std::vector<uint8_t> symbols(format.count());
    EXPECT_TRUE(
        Quantize({sample.as<float>(), symbols.size()}, affine, {.levels = levels}, symbols));
    EXPECT_TRUE(trainer->Add(symbols, format).ok());
  }
  const Bytes tables = trainer->Finish().value();
  return {reinterpret_cast<const char*>(tables.view.data()), tables.size()};
}

TEST(CalibratedTest, DenseStartsFromTheTables) {
  const Tensor tensor = Activation({1, 16, 7, 7});
  ParameterSet set = {.cut = "c", .rounding = {.levels = 6}, .channels = {{0.5f, 0}}};
  const auto without = StoreOf(set);
  set.tables = TablesFor({tensor}, set.channels[0], 6);
  const auto with = StoreOf(set);
  const CodecSpec codec = ParseCodecSpec("q6/dense").value();
  Encoder encoder;
  const Encoded large = EncodeWhole(encoder, tensor, codec, without->Find("c", 0, 6)).value();
  const Encoded small = EncodeWhole(encoder, tensor, codec, with->Find("c", 0, 6)).value();
  EXPECT_LT(small.bytes.size(), large.bytes.size());
  const Tensor back =
      DecodeWhole(small.description, small.bytes.view, kMaxTensor, with.get()).value();
  EXPECT_TRUE(BitEqual(
      back, DecodeWhole(large.description, large.bytes.view, kMaxTensor, without.get()).value()));
}

TEST(CalibratedTest, TablesOfOtherLevelsAreRefused) {
  const Tensor tensor = Activation({1, 16, 7, 7});
  ParameterSet set = {.cut = "c", .rounding = {.levels = 6}, .channels = {{0.5f, 0}}};
  set.tables = TablesFor({tensor}, set.channels[0], 7);
  const auto store = StoreOf(set);
  Encoder encoder;
  EXPECT_EQ(EncodeWhole(encoder, tensor, ParseCodecSpec("q6/dense").value(), store->Find("c", 0, 6))
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(CalibratedTest, WithoutTheParametersItIsRefused) {
  const auto store = StoreOf({.cut = "c", .rounding = {.levels = 5}, .channels = {{0.5f, 1}}});
  Encoder encoder;
  const Encoded encoded = EncodeWhole(encoder, Activation({1, 4, 3, 3}),
                                      ParseCodecSpec("q5").value(), store->Find("c", 0, 5))
                              .value();
  const ParameterStore empty;
  for (const ParameterStore* other : {static_cast<const ParameterStore*>(nullptr), &empty}) {
    const absl::Status status =
        DecodeWhole(encoded.description, encoded.bytes.view, kMaxTensor, other).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(status.ToString(), HasSubstr("are not here"));
  }
}

TEST(CalibratedTest, ParametersOfAnotherTensorAreRefused) {
  const auto store = StoreOf(
      {.cut = "c", .rounding = {.levels = 5}, .channels = {{0.5f, 1}, {0.5f, 1}, {0.5f, 1}}});
  const StoredParameters* parameters = store->Find("c", 0, 5);
  const CodecSpec q5 = ParseCodecSpec("q5").value();
  Encoder encoder;
  EXPECT_TRUE(EncodeWhole(encoder, Activation({1, 3, 3, 3}), q5, parameters).ok());
  EXPECT_THAT(
      EncodeWhole(encoder, Activation({1, 4, 3, 3}), q5, parameters).status().ToString(),
      HasSubstr("cut 'c' is calibrated for 5 levels and 3 channels, not for q5 and shape [1, 4"));
  const CodecSpec q6 = ParseCodecSpec("q6").value();
  EXPECT_FALSE(EncodeWhole(encoder, Activation({1, 3, 3, 3}), q6, parameters).ok());
  Encoded encoded = EncodeWhole(encoder, Activation({1, 3, 4, 3}), q5, parameters).value();
  encoded.description.shape = {1, 4, 3, 3};
  EXPECT_EQ(
      DecodeWhole(encoded.description, encoded.bytes.view, kMaxTensor, store.get()).status().code(),
      absl::StatusCode::kInvalidArgument);
}

TEST(CalibratedTest, NanIsRefused) {
  const auto store = StoreOf({.cut = "c", .rounding = {.levels = 5}, .channels = {{0.5f, 1}}});
  Encoder encoder;
  EXPECT_THAT(EncodeWhole(encoder, Floats({1, std::numeric_limits<float>::quiet_NaN()}),
                          ParseCodecSpec("q5").value(), store->Find("c", 0, 5))
                  .status()
                  .ToString(),
              HasSubstr("NaN"));
}

// The bytes of FORMAT-CODECS.md, checksum included; they never change within a version.
struct Golden {
  const char* codec;
  const char* bytes;
  float scale;
  int zero_point;
};
constexpr Golden kGolden[] = {
    {"fp32/stored", "000080bf000000bf000000000000803e0000803f6666c63f12bba268", 1, 0},
    {"fp16/stored", "00bc00b800000034003c333e22e0ca01", 1, 0},
    {"bf16/stored", "80bf00bf0000803e803fc63f79ebe12f", 1, 0},
    {"int8/stored", "0032647dc8ff1a8eef44", 0.01f, 100},
    {"q100/stored", "001427314e63019deb9a", 0.025757575f, 39},
    {"int4/stored", "3076fc534abb07", 0.17f, 6},
    {"q5/stored", "1022444d19fcea", 0.6375f, 2},
    {"int2/stored", "500eda7106f5", 0.84999996f, 1},
    {"int1/stored", "20a76d0d0e", 2.55f, 0},
};

TEST(CodecGoldenTest, StoredBytesAreThoseOfTheDocument) {
  const Tensor tensor = Floats({-1, -0.5f, 0, 0.25f, 1, 1.55f});
  for (const Golden& golden : kGolden) {
    const Encoded encoded = EncodeAs(tensor, golden.codec);
    EXPECT_EQ(Hex(encoded), golden.bytes) << golden.codec;
    EXPECT_EQ(encoded.description.scale, golden.scale) << golden.codec;
    EXPECT_EQ(encoded.description.zero_point, golden.zero_point) << golden.codec;
    EXPECT_TRUE(Decode(encoded).ok()) << golden.codec;
  }
}

// A frame of zstd by hand: magic; single segment, size of the content; one last raw block.
absl::StatusOr<Tensor> DecodeFrame(std::string_view codec, const Affine& affine,
                                   const std::string& hex) {
  Encoded encoded;
  encoded.description.shape = {6};
  encoded.description.strides = {1};
  encoded.description.codec = ParseCodecSpec(codec).value();
  encoded.description.scale = affine.scale;
  encoded.description.zero_point = affine.zero_point;
  encoded.bytes = FromHex(hex);
  encoded.description.encoded_bytes = encoded.bytes.size();
  return Decode(encoded);
}

TEST(CodecGoldenTest, AStoredFrameOfZstdIsRead) {
  const absl::StatusOr<Tensor> int8 = DecodeFrame("int8", {0.01f, 100},
                                                  "28b52ffd2006310000"
                                                  "0032647dc8ff"
                                                  "2cdf6d60");
  ASSERT_TRUE(int8.ok()) << int8.status();
  EXPECT_EQ(int8->as<float>()[0], -100 * 0.01f);
  EXPECT_EQ(int8->as<float>()[5], 155 * 0.01f);
  const absl::StatusOr<Tensor> q5 = DecodeFrame("q5", {0.6375f, 2},
                                                "28b52ffd2003190000"
                                                "102244"
                                                "9cf11be4");
  ASSERT_TRUE(q5.ok()) << q5.status();
  EXPECT_TRUE(BitEqual(*q5, Floats({-2 * 0.6375f, -0.6375f, 0, 0, 2 * 0.6375f, 2 * 0.6375f})));
}

TEST(CodecGoldenTest, CalibratedBytesAreThoseOfTheDocument) {
  const auto store = StoreOf({.cut = "c",
                              .rounding = {.levels = 5, .dead_zone = 0.25f},
                              .channels = {{0.5f, 2}, {0.25f, 0}}});
  Tensor tensor = Tensor::Allocate(DType::kFloat32, {1, 2, 3}).value();
  Scatter(std::as_bytes(std::span<const float>(std::array{-1.0f, -0.5f, 0.0f, 0.25f, 1.0f, 1.55f})),
          tensor);
  Encoder encoder;
  const Encoded encoded =
      EncodeWhole(encoder, tensor, ParseCodecSpec("q5/stored").value(), store->Find("c", 0, 5))
          .value();
  EXPECT_EQ(encoded.description.parameters, 0xfc509b5a0d0afb18u);
  EXPECT_EQ(Hex(encoded), "101244bdd16867");
}

}  // namespace
}  // namespace tideline
