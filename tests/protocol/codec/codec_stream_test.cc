#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "protocol/codec/codec.h"
#include "tests/protocol/codec/activations.h"

// Tensors that are announced before their bytes are made, and decoded before all have come.
namespace tideline {
namespace {

constexpr uint64_t kMaxTensor = uint64_t{4} << 20;

Tensor Noise(const Shape& shape) {
  std::mt19937 random(1);
  Tensor tensor = Tensor::Allocate(DType::kFloat32, shape).value();
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    reinterpret_cast<float*>(tensor.mutable_data())[i] = static_cast<float>(random()) / 1e9f;
  }
  return tensor;
}

std::string ToText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class CodecStreamTest : public testing::TestWithParam<const char*> {
 protected:
  // Announced by its bound.
  Encoded Stream(const Tensor& tensor) {
    Encoder encoder;
    Encoder::Prepared prepared =
        encoder.Prepare(tensor, ParseCodecSpec(GetParam()).value(), nullptr).value();
    std::string content;
    calls_ = 0;
    const absl::StatusOr<uint64_t> size = encoder.Run([&](std::span<const std::byte> bytes) {
      ++calls_;
      content += ToText(bytes);
      return absl::OkStatus();
    });
    EXPECT_EQ(size.value(), content.size());
    stretches_ = prepared.stretches;
    return {std::move(prepared.description), Bytes::Own(std::move(content))};
  }
  static Encoded Whole(const Tensor& tensor) {
    Encoder encoder;
    return EncodeWhole(encoder, tensor, ParseCodecSpec(GetParam()).value()).value();
  }

  uint64_t stretches_ = 0;
  uint64_t calls_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Codecs, CodecStreamTest,
                         testing::Values("fp32", "fp16/stored", "int8/stored", "int4", "q5/fast",
                                         "int4/dense", "int8/dense", "int4/progressive",
                                         "int8/progressive", "int1/dense"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '/');
                           return name;
                         });

TEST_P(CodecStreamTest, WhatIsPreparedRunsToTheBytesOfTheWhole) {
  const Tensor tensor = Activations({1, 20, 60, 60});
  const Encoded whole = Whole(tensor);
  const Encoded stream = Stream(tensor);
  EXPECT_EQ(ToText(stream.bytes.view), ToText(whole.bytes.view));
  EXPECT_EQ(stream.description.scale, whole.description.scale);
  EXPECT_EQ(stream.description.zero_point, whole.description.zero_point);
  EXPECT_EQ(stream.description.codec, whole.description.codec);
  EXPECT_GE(calls_, stretches_);
}

TEST_P(CodecStreamTest, NoTensorHasMoreBytesThanItsBound) {
  for (const Tensor& tensor : {Activations({1, 3, 7, 9}), Noise({1, 1, 1, 1}), Noise({300}),
                               Noise({1, 8, 100, 100}), Activations({1, 0, 4})}) {
    const Encoded stream = Stream(tensor);
    EXPECT_LE(stream.bytes.size(), stream.description.encoded_bytes);
    EXPECT_LE(stream.description.encoded_bytes, tensor.nbytes() + tensor.nbytes() / 16 + 2048);
    EXPECT_EQ(stretches_ == 0, tensor.numel() == 0);
  }
}

TEST_P(CodecStreamTest, ATensorOfUnknownLengthDecodesAtItsEnd) {
  const Tensor tensor = Activations({1, 20, 60, 60});
  const Encoded stream = Stream(tensor);
  const Tensor right =
      DecodeWhole(Whole(tensor).description, stream.bytes.view, kMaxTensor).value();
  for (uint32_t seed = 0; seed < 4; ++seed) {
    std::mt19937 random(seed);
    const auto decoder = Decoder::Create(stream.description, kMaxTensor).value();
    for (std::span<const std::byte> rest = stream.bytes.view; !rest.empty();) {
      const size_t size = std::min<size_t>(rest.size(), random() % (seed % 2 == 0 ? 9 : 5'000));
      ASSERT_TRUE(decoder->Feed(rest.first(size)).ok());
      rest = rest.subspan(size);
    }
    const auto decoded = decoder->FinishAt(stream.bytes.size());
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(decoded->tolerance, 0);
    EXPECT_TRUE(BitEqual(decoded->tensor, right));
  }
}

// A tensor of known length says the same after as many bytes.
TEST_P(CodecStreamTest, ATensorOfUnknownLengthThatIsCutShortIsKnownAsWell) {
  const Tensor tensor = Activations({1, 3, 9, 8});
  const Encoded stream = Stream(tensor);
  const Encoded whole = Whole(tensor);
  for (size_t size = 0; size < stream.bytes.size(); ++size) {
    const auto bytes = stream.bytes.view.first(size);
    const auto decoder = Decoder::Create(stream.description, kMaxTensor).value();
    ASSERT_TRUE(decoder->Feed(bytes).ok());
    const auto open = decoder->FinishEarly();
    const auto closed = DecodePrefix(whole.description, bytes, kMaxTensor);
    ASSERT_EQ(open.status().code(), closed.status().code()) << size << " bytes";
    if (open.ok()) {
      EXPECT_EQ(open->tolerance, closed->tolerance);
      EXPECT_TRUE(BitEqual(open->tensor, closed->tensor)) << size << " bytes";
    }
  }
}

TEST_P(CodecStreamTest, AnEndThatIsNotTheTensorsIsDataLoss) {
  const Encoded stream = Stream(Activations({1, 3, 9, 8}));
  for (const size_t missing : {1, 4, 5, 20}) {
    const size_t size = stream.bytes.size() - missing;
    const auto decoder = Decoder::Create(stream.description, kMaxTensor).value();
    ASSERT_TRUE(decoder->Feed(stream.bytes.view.first(size)).ok());
    EXPECT_EQ(decoder->FinishAt(size).status().code(), absl::StatusCode::kDataLoss);
  }
}

TEST(DenseStreamTest, HasAStretchForEachSliceAndLayer) {
  Encoder encoder;
  const Tensor tensor = Activations({1, 32, 112, 112});  // 401,408 elements
  const auto stretches = [&](const char* codec) {
    return encoder.Prepare(tensor, ParseCodecSpec(codec).value(), nullptr)->stretches;
  };
  EXPECT_EQ(stretches("int4/dense"), 6);
  EXPECT_EQ(stretches("int4/progressive"), 12);
  EXPECT_EQ(stretches("int4/fast"), 1);
  EXPECT_EQ(stretches("fp32"), 1);
}

TEST(DecoderMemoryTest, IsWhatTheDescriptionMakesADecoderAllocate) {
  EncodedTensor description;
  description.shape = {1, 4, 8, 8};
  description.strides = ContiguousStrides(description.shape);
  description.codec = ParseCodecSpec("fp32/stored").value();
  EXPECT_EQ(DecoderMemory(description), 1024);
  description.codec = ParseCodecSpec("fp16/stored").value();
  EXPECT_EQ(DecoderMemory(description), 1024 + 1536);
  description.codec = ParseCodecSpec("fp32/stored").value();
  description.strides = {256, 1, 32, 4};
  EXPECT_EQ(DecoderMemory(description), 2 * 1024 + 256 + 1536);
  description.shape = {int64_t{1} << 62, 4};
  EXPECT_EQ(DecoderMemory(description), UINT64_MAX);
}

}  // namespace
}  // namespace tideline
