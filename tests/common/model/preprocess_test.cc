#include "common/model/preprocess.h"

#include <cstring>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/model/image.h"
#include "tests/common/model/support.h"

namespace tideline {
namespace {

using testing::HasSubstr;

InputInfo ImageInput() {
  InputInfo input;
  input.kind = InputKind::kImage;
  input.name = "x";
  input.shape = {3, 24, 24};
  input.resize_shorter_side = 33;
  input.crop = 24;
  input.mean = {0.485f, 0.456f, 0.406f};
  input.stddev = {0.229f, 0.224f, 0.225f};
  return input;
}

InputInfo TensorInput() {
  InputInfo input;
  input.name = "features";
  input.shape = {2, 3};
  return input;
}

TEST(PreprocessImageTest, EqualsTorchvision) {
  const Tensor raw = PreprocessImage(Bytes(Fixture("source.png")), ImageInput()).value();
  EXPECT_EQ(LargestDifference(raw, FixtureImage("cropped_24x24.png")), 0);
  EXPECT_TRUE(raw.contiguous());
}

TEST(PreprocessPixelsTest, EqualsWhatComesOfTheFile) {
  InputInfo grey = ImageInput();
  grey.shape[0] = 1;
  const Tensor pixels = DecodeImage(Bytes(Fixture("source.png")), 3).value();
  for (const InputInfo& input : {ImageInput(), grey}) {
    const Tensor raw = PreprocessImage(Bytes(Fixture("source.png")), input).value();
    EXPECT_TRUE(BitEqual(PreprocessPixels(pixels, input).value(), raw));
  }
}

TEST(PreprocessPixelsTest, RefusesWhatIsNoImage) {
  const Tensor grey = DecodeImage(Bytes(Fixture("source.png")), 1).value();
  EXPECT_FALSE(PreprocessPixels(grey, ImageInput()).ok());
  EXPECT_FALSE(PreprocessPixels(*Tensor::Allocate(DType::kUInt8, {0, 9, 3}), ImageInput()).ok());
  EXPECT_FALSE(PreprocessPixels(grey, TensorInput()).ok());
}

TEST(PreprocessImageTest, ResizesToASize) {
  InputInfo input = ImageInput();
  input.shape = {3, 30, 40};
  input.resize_shorter_side.reset();
  input.resize_to = ImageSize{30, 40};
  input.crop.reset();
  const Tensor raw = PreprocessImage(Bytes(Fixture("source.png")), input).value();
  EXPECT_EQ(LargestDifference(raw, FixtureImage("resize_30x40.png")), 0);
}

TEST(PreprocessImageTest, WithoutResizeTheSizeMustFit) {
  InputInfo input = ImageInput();
  input.resize_shorter_side.reset();
  input.crop.reset();
  EXPECT_TRUE(PreprocessImage(Bytes(Fixture("cropped_24x24.png")), input).ok());
  const absl::Status status = PreprocessImage(Bytes(Fixture("source.png")), input).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.ToString(), HasSubstr("47x61"));
}

TEST(PreprocessImageTest, ANetworkOfTensorsTakesNoImage) {
  EXPECT_EQ(PreprocessImage(Bytes(Fixture("source.png")), TensorInput()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(NormalizeTest, EqualsTorchBitForBit) {
  const Tensor actual = Normalize(FixtureImage("cropped_24x24.png"), ImageInput()).value();
  const std::string expected = Fixture("normalized.f32");
  EXPECT_EQ(actual.shape(), (Shape{1, 3, 24, 24}));
  ASSERT_EQ(actual.nbytes(), expected.size());
  EXPECT_EQ(std::memcmp(actual.data(), expected.data(), expected.size()), 0);
}

TEST(NormalizeTest, RefusesAnotherShapeOrType) {
  EXPECT_FALSE(Normalize(FixtureImage("source.png"), ImageInput()).ok());
  EXPECT_FALSE(
      Normalize(Tensor::Allocate(DType::kFloat32, {24, 24, 3}).value(), ImageInput()).ok());
}

TEST(PreprocessTensorTest, AddsABatch) {
  const Tensor tensor = Tensor::Allocate(DType::kFloat32, {2, 3}).value();
  const Tensor batch = PreprocessTensor(tensor, TensorInput()).value();
  EXPECT_EQ(batch.shape(), (Shape{1, 2, 3}));
  EXPECT_EQ(batch.data(), tensor.data());
  EXPECT_TRUE(batch.contiguous());
}

TEST(PreprocessTensorTest, KeepsABatch) {
  const Tensor tensor = Tensor::Allocate(DType::kFloat32, {5, 2, 3}).value();
  EXPECT_EQ(PreprocessTensor(tensor, TensorInput())->shape(), (Shape{5, 2, 3}));
}

TEST(PreprocessTensorTest, RefusesWhatDoesNotFit) {
  for (const Shape& shape : {Shape{3, 2}, Shape{2}, Shape{0, 2, 3}, Shape{1, 1, 2, 3}}) {
    const Tensor tensor = Tensor::Allocate(DType::kFloat32, shape).value();
    EXPECT_EQ(PreprocessTensor(tensor, TensorInput()).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  const Tensor integers = Tensor::Allocate(DType::kInt64, {2, 3}).value();
  EXPECT_THAT(PreprocessTensor(integers, TensorInput()).status().ToString(),
              HasSubstr("tensor is int64 [2, 3], expected float32 [2, 3]"));
}

}  // namespace
}  // namespace tideline
