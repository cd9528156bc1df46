#include "edge/client/convert.h"

#include <cstring>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

client::Tensor Floats(std::vector<int64_t> shape, size_t count) {
  const std::vector<float> values(count, 1.5F);
  return client::Tensor::Copy(client::DType::kFloat32, std::move(shape), values.data(), 4 * count);
}

absl::Status WrongWith(const client::Input& input) { return FrameOf(input, {}, 0).input.status(); }

TEST(ConvertTest, ATensorKeepsShapeElementsAndMemory) {
  const client::Tensor given = Floats({2, 3}, 6);
  const SourceFrame frame = FrameOf(given, {}, 7);
  ASSERT_TRUE(frame.input.ok()) << frame.input.status();
  const auto& tensor = std::get<Tensor>(*frame.input);
  EXPECT_THAT(tensor.shape(), ElementsAre(2, 3));
  EXPECT_EQ(tensor.data(), given.data);
  EXPECT_EQ(tensor.owner(), given.owner);
  EXPECT_EQ(frame.seq, 7U);
  EXPECT_EQ(frame.id, "7");
}

TEST(ConvertTest, ATensorThatIsNotWhatItSaysIsRefused) {
  client::Tensor negative = Floats({2, 3}, 6);
  negative.shape = {-2, -3};
  client::Tensor huge = Floats({2, 3}, 6);
  huge.shape = {int64_t{1} << 40, int64_t{1} << 40};
  client::Tensor nothing = Floats({2, 3}, 6);
  nothing.data = nullptr;
  client::Tensor odd = Floats({2, 3}, 6);
  odd.dtype = static_cast<client::DType>(99);
  for (const client::Tensor& tensor : {Floats({2, 3}, 5), negative, huge, nothing, odd}) {
    EXPECT_TRUE(absl::IsInvalidArgument(WrongWith(tensor))) << WrongWith(tensor);
  }
}

TEST(ConvertTest, AnImageWithoutBytesIsRefused) {
  EXPECT_THAT(WrongWith(client::Image()).message(), HasSubstr("0 bytes"));
  EXPECT_TRUE(WrongWith(client::Image::Copy("JPEG", 4)).ok());
}

TEST(ConvertTest, OutputsHaveNoGaps) {
  Result result;
  absl::StatusOr<Tensor> output = Tensor::Allocate(DType::kFloat32, {2, 2}, {1, 2});
  const std::vector<float> by_column = {1, 3, 2, 4};
  std::memcpy(output->mutable_data(), by_column.data(), 16);
  result.outputs = {*output};
  result.deadline_met = false;
  const client::Or<client::Answer> answer = ToClient(result);
  ASSERT_TRUE(answer.ok());
  const client::Tensor& tensor = answer->outputs.front();
  EXPECT_THAT(std::vector<float>(tensor.as<float>(), tensor.as<float>() + tensor.size<float>()),
              ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(answer->deadline_met, false);
}

TEST(ConvertTest, AnErrorKeepsItsKindAndText) {
  Result result;
  result.error = absl::InvalidArgumentError("no image");
  const client::Or<client::Answer> answer = ToClient(result);
  EXPECT_EQ(answer.status().code, client::Code::kInvalidArgument);
  EXPECT_EQ(answer.status().message, "no image");
  EXPECT_THROW(answer.value(), std::bad_optional_access);
}

}  // namespace
}  // namespace tideline
