#include <array>
#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "protocol/codec/lossless/tables.h"
#include "protocol/codec/quantize.h"
#include "tests/protocol/codec/coded_tensors.h"

namespace tideline {
namespace {

using testing::HasSubstr;

constexpr uint64_t kMaxTensor = uint64_t{1} << 20;

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
}  // namespace
}  // namespace tideline
