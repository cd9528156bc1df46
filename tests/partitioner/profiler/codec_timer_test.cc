#include "partitioner/profiler/codec_timer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/image.h"
#include "tests/common/engine/programs.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

InputInfo Image(int64_t channels, int64_t side) {
  return {.kind = InputKind::kImage,
          .name = "x",
          .shape = {channels, side, side},
          .mean = std::vector<float>(channels, 0.5F),
          .stddev = std::vector<float>(channels, 0.25F)};
}

TEST(CodecTimerTest, OneRowPerSettingInTheirOrder) {
  const CutCodecs cut{{"a", {1}}, {*ParseCodecSpec("int8"), *ParseCodecSpec("fp32/stored")}};
  const auto times =
      TimeCodecs(cut, {Ramp({1, 8, 16, 16})}, ParameterStore(), absl::ZeroDuration());
  ASSERT_TRUE(times.ok()) << times.status();
  ASSERT_THAT(*times, SizeIs(2));
  EXPECT_EQ((*times)[0].cut, "a");
  EXPECT_EQ((*times)[0].codec, "int8");
  EXPECT_GT((*times)[0].encode_ns.low, 0);
  EXPECT_LE((*times)[0].encode_ns.low, (*times)[0].encode_ns.median);
  EXPECT_GT((*times)[0].decode_ns.low, 0);
  EXPECT_EQ((*times)[1].codec, "fp32/stored");
}

TEST(CodecTimerTest, ImagesAreSentAsTheyAre) {
  const CutCodecs input{{"input", {0}}, {*ParseCodecSpec("raw"), *ParseCodecSpec("jpeg:85")}};
  const auto times =
      TimeCodecs(input, {*LikeAPhotograph(Image(3, 64))}, ParameterStore(), absl::ZeroDuration());
  ASSERT_TRUE(times.ok()) << times.status();
  EXPECT_EQ((*times)[0].codec, "raw");
  EXPECT_EQ((*times)[1].codec, "jpeg");
  EXPECT_GT((*times)[1].encode_ns.low, 0);
}

TEST(CodecTimerTest, AnImageIsReadAndNormalized) {
  const auto times = TimeInput(Image(3, 64), *LikeAPhotograph(Image(3, 64)), absl::ZeroDuration());
  ASSERT_TRUE(times.ok()) << times.status();
  EXPECT_GT(times->read_ns.low, 0);
  EXPECT_GT(times->normalize_ns.low, 0);
  EXPECT_FALSE(TimeInput(Image(3, 64), Ramp({1, 8}), absl::ZeroDuration()).ok());
}

TEST(CodecTimerTest, AnErrorNamesCutAndSetting) {
  const CutCodecs cut{{"a", {1}}, {*ParseCodecSpec("raw")}};
  const auto times = TimeCodecs(cut, {Ramp({1, 8})}, ParameterStore(), absl::ZeroDuration());
  EXPECT_THAT(std::string(times.status().message()), HasSubstr("cut 'a', codec 'raw"));
}

// Photographs of this size have 7 to 20 kB at quality 85; noise has 60, a plain surface 2.
TEST(CodecTimerTest, TheImageIsAsHardToCodeAsAPhotograph) {
  const Tensor image = *LikeAPhotograph(Image(3, 224));
  EXPECT_EQ(image.shape(), Shape({224, 224, 3}));
  const size_t bytes = EncodeJpeg(image, /*quality=*/85)->size();
  EXPECT_GT(bytes, 8'000U);
  EXPECT_LT(bytes, 20'000U);
  EXPECT_TRUE(BitEqual(image, *LikeAPhotograph(Image(3, 224))));
  EXPECT_FALSE(LikeAPhotograph({.kind = InputKind::kTensor, .shape = {8}}).ok());
}

}  // namespace
}  // namespace tideline
