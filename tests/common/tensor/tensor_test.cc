#include "common/tensor/tensor.h"

#include <limits>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::ElementsAre;

Tensor Counting(Shape shape, Strides strides = {}) {
  Tensor tensor = *Tensor::Allocate(DType::kFloat32, std::move(shape), std::move(strides));
  std::vector<float> numbers(static_cast<size_t>(tensor.numel()));
  std::iota(numbers.begin(), numbers.end(), 0.0F);
  Scatter(std::as_bytes(std::span(numbers)), tensor);
  return tensor;
}

TEST(TensorTest, StridesAreRowMajorByDefault) {
  EXPECT_THAT(ContiguousStrides(Shape{2, 3, 4}), ElementsAre(12, 4, 1));
  EXPECT_TRUE(ContiguousStrides(Shape{}).empty());
}

TEST(TensorTest, AHugeEmptyShapeDoesNotOverflow) {
  const int64_t huge = int64_t{1} << 40;
  const Shape shape{0, huge, huge};
  const Strides strides = ContiguousStrides(shape);
  ASSERT_EQ(strides.size(), 3U);
  EXPECT_TRUE(Tensor::View(DType::kInt8, shape, strides, &huge, nullptr).contiguous());
}

TEST(TensorTest, ScatterAndContiguousAreInverse) {
  // [1, 2, 2, 3] in channels-last order.
  const Tensor nhwc = Counting({1, 2, 2, 3}, {12, 1, 6, 2});
  EXPECT_FALSE(nhwc.contiguous());
  EXPECT_EQ(nhwc.as<float>()[1], 6.0F);
  const auto nchw = Contiguous(nhwc);
  ASSERT_TRUE(nchw.ok());
  EXPECT_TRUE(nchw->contiguous());
  EXPECT_TRUE(BitEqual(*nchw, Counting({1, 2, 2, 3})));
  EXPECT_TRUE(BitEqual(*nchw, nhwc));
}

TEST(TensorTest, ScalarsAndEmptyTensorsWork) {
  const Tensor scalar = Counting({});
  EXPECT_EQ(scalar.numel(), 1);
  EXPECT_TRUE(scalar.contiguous());
  const Tensor empty = Counting({3, 0}, {5, 7});
  EXPECT_EQ(empty.nbytes(), 0U);
  EXPECT_TRUE(BitEqual(empty, empty));
}

TEST(TensorTest, SizesThatDoNotFitAreRefused) {
  const int64_t huge = int64_t{1} << 40;
  EXPECT_FALSE(Tensor::Allocate(DType::kFloat32, {huge, huge}).ok());
  EXPECT_FALSE(Tensor::Allocate(DType::kFloat32, {-1}).ok());
  EXPECT_FALSE(Tensor::Allocate(DType::kFloat32, {2, 2}, {INT64_MAX / 2, 1}).ok());
  EXPECT_FALSE(Tensor::Allocate(DType::kFloat32, {2, 2}, {1}).ok());
}

TEST(TensorTest, ExtentCountsFirstToLastElement) {
  EXPECT_EQ(StorageExtent(Shape{2, 3}, Strides{10, 2}), 15);
  EXPECT_EQ(StorageExtent(Shape{2, 0}, Strides{10, 2}), 0);
  EXPECT_EQ(StorageExtent(Shape{2, 3}, Strides{-10, 2}), std::nullopt);
  EXPECT_EQ(StorageExtent(Shape{3}, Strides{INT64_MAX}), std::nullopt);
}

TEST(TensorTest, RelativeErrorIsOfTheLargestElement) {
  const Tensor a = Counting({4});
  Tensor b = Counting({4});
  EXPECT_EQ(*RelativeError(a, b), 0.0);
  reinterpret_cast<float*>(b.mutable_data())[1] = 1.5F;
  EXPECT_DOUBLE_EQ(*RelativeError(a, b), 0.5 / 3);
  EXPECT_FALSE(BitEqual(a, b));
}

TEST(TensorTest, ANanOnOneSideIsAnInfiniteError) {
  const Tensor a = Counting({2});
  Tensor b = Counting({2});
  reinterpret_cast<float*>(b.mutable_data())[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(*RelativeError(a, b), std::numeric_limits<double>::infinity());
  EXPECT_EQ(*RelativeError(b, b), 0.0);
}

TEST(TensorTest, DifferentShapesAreNotCompared) {
  EXPECT_FALSE(RelativeError(Counting({4}), Counting({2, 2})).ok());
  EXPECT_FALSE(BitEqual(Counting({4}), Counting({2, 2})));
}

}  // namespace
}  // namespace tideline
