#include <array>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

#include "tests/protocol/codec/coded_tensors.h"

namespace tideline {
namespace {

Bytes FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return Bytes::Own(bytes);
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
