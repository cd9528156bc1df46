#include "common/model/resize.h"

#include "gtest/gtest.h"

#include "tests/common/model/support.h"

namespace tideline {
namespace {

class ResizeToTest : public testing::TestWithParam<ImageSize> {};

TEST_P(ResizeToTest, EqualsPillow) {
  const auto [height, width] = GetParam();
  const Tensor expected =
      FixtureImage("resize_" + std::to_string(height) + "x" + std::to_string(width) + ".png");
  const absl::StatusOr<Tensor> actual = Resize(FixtureImage("source.png"), GetParam());
  ASSERT_TRUE(actual.ok()) << actual.status();
  EXPECT_EQ(LargestDifference(*actual, expected), 0);
}

INSTANTIATE_TEST_SUITE_P(Sizes, ResizeToTest,
                         testing::Values(ImageSize{30, 40}, ImageSize{47, 20}, ImageSize{20, 61},
                                         ImageSize{94, 122}, ImageSize{100, 9}, ImageSize{7, 5},
                                         ImageSize{1, 1}));

TEST(ResizeTest, GreyEqualsPillow) {
  const Tensor actual = Resize(FixtureImage("source_grey.png", /*channels=*/1), {16, 16}).value();
  EXPECT_EQ(LargestDifference(actual, FixtureImage("resize_grey_16x16.png", 1)), 0);
}

TEST(ResizeTest, SameSizeChangesNothing) {
  const Tensor source = FixtureImage("source.png");
  EXPECT_TRUE(BitEqual(Resize(source, {47, 61}).value(), source));
}

TEST(ResizeTest, ReadsThroughStrides) {
  const Tensor source = FixtureImage("source.png");
  const Tensor view = CenterCrop(source, 31).value();
  ASSERT_FALSE(view.contiguous());
  EXPECT_TRUE(
      BitEqual(Resize(view, {8, 9}).value(), Resize(Contiguous(view).value(), {8, 9}).value()));
}

TEST(ResizeTest, RefusesSizesOutsideTheLimits) {
  const Tensor source = FixtureImage("source.png");
  for (const ImageSize size : {ImageSize{0, 5}, ImageSize{5, -1}, ImageSize{5, 16385}}) {
    EXPECT_EQ(Resize(source, size).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(ResizeTest, RefusesFloats) {
  const Tensor floats = Tensor::Allocate(DType::kFloat32, {4, 4, 3}).value();
  EXPECT_EQ(Resize(floats, {2, 2}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ShorterSideSizeTest, RoundsTheLongerSideDown) {
  EXPECT_EQ(ShorterSideSize({47, 61}, 33), (ImageSize{33, 42}));
  EXPECT_EQ(ShorterSideSize({61, 47}, 33), (ImageSize{42, 33}));
  EXPECT_EQ(ShorterSideSize({480, 640}, 256), (ImageSize{256, 341}));
  EXPECT_EQ(ShorterSideSize({500, 500}, 256), (ImageSize{256, 256}));
}

// 5 - 2 = 3 and 7 - 2 = 5 pixels are over: 1.5 rounds to 2 and 2.5 to 2 as Python's round does.
TEST(CenterCropTest, RoundsOffsetsHalfToEven) {
  Tensor image = Tensor::Allocate(DType::kUInt8, {5, 7, 1}).value();
  for (int i = 0; i < 35; ++i) {
    image.mutable_data()[i] = static_cast<std::byte>(i);
  }
  const Tensor crop = CenterCrop(image, 2).value();
  EXPECT_EQ(crop.shape(), (Shape{2, 2, 1}));
  EXPECT_EQ(crop.as<uint8_t>()[0], 2 * 7 + 2);
}

TEST(CenterCropTest, RefusesASmallerImage) {
  const absl::Status status = CenterCrop(FixtureImage("source.png"), 48).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "a crop of 48x48 does not fit into an image of 47x61");
}

}  // namespace
}  // namespace tideline
