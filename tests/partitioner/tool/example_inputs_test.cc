#include "partitioner/tool/example_inputs.h"

#include <filesystem>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/file.h"
#include "common/model/image.h"

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const InputInfo kImage{.kind = InputKind::kImage,
                       .name = "x",
                       .shape = {1, 2, 2},
                       .resize_to = ImageSize{2, 2},
                       .mean = {0},
                       .stddev = {1}};
const InputInfo kRows{.name = "rows", .shape = {3}};

class ExampleInputsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "example_inputs";
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }

  // A grey square of 2 x 2.
  void WriteImage(const std::string& name, uint8_t grey) {
    Tensor image = *Tensor::Allocate(DType::kUInt8, {2, 2, 1});
    std::fill_n(image.mutable_data(), 4, std::byte{grey});
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/" + name, *EncodeJpeg(image, 100)).ok());
  }

  // numpy's format 1.0.
  void WriteArray(const std::string& name, const std::string& shape,
                  const std::vector<float>& elements) {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
    header.resize(117, ' ');
    header += '\n';
    std::string file("\x93NUMPY\x01\x00", 8);
    file += static_cast<char>(header.size());
    file += '\0';
    file += header;
    file.append(reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(float));
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/" + name, file).ok());
  }

  std::string ErrorOf(const std::string& data, const InputInfo& input) {
    return std::string(ExampleInputs::Open(folder_ + data, input).status().message());
  }

  std::string folder_;
};

TEST_F(ExampleInputsTest, AFolderGivesItsImagesByName) {
  WriteImage("b.jpg", 255);
  WriteImage("a.JPEG", 0);
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/labels.csv", "file,label\n").ok());
  const auto inputs = ExampleInputs::Open(folder_, kImage);
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  ASSERT_EQ(inputs->size(), 2U);
  const auto first = inputs->Read(0);
  const auto second = inputs->Read(1);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->shape(), (Shape{1, 1, 2, 2}));
  EXPECT_EQ(first->as<float>()[0], 0);
  EXPECT_EQ(second->as<float>()[3], 1);
}

TEST_F(ExampleInputsTest, AGlobGivesTheImagesThatItNames) {
  WriteImage("cat_1.jpg", 0);
  WriteImage("cat_2.jpg", 0);
  WriteImage("dog_1.jpg", 0);
  const auto inputs = ExampleInputs::Open(folder_ + "/cat_*", kImage);
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  EXPECT_EQ(inputs->size(), 2U);
}

TEST_F(ExampleInputsTest, AnArrayGivesItsRows) {
  WriteArray("rows.npy", "2, 3", {1, 2, 3, 4, 5, 6});
  const auto inputs = ExampleInputs::Open(folder_ + "/rows.npy", kRows);
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  ASSERT_EQ(inputs->size(), 2U);
  const auto row = inputs->Read(1);
  ASSERT_TRUE(row.ok()) << row.status();
  EXPECT_EQ(row->shape(), (Shape{1, 3}));
  EXPECT_EQ(row->as<float>()[0], 4);
}

TEST_F(ExampleInputsTest, ErrorsNameTheFileAndWhatToDo) {
  WriteArray("rows.npy", "3, 2", {1, 2, 3, 4, 5, 6});
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/broken.png", "no image").ok());
  EXPECT_THAT(ErrorOf("/rows.npy", kRows), HasSubstr("[3, 2], the network's input 'rows' takes"));
  EXPECT_THAT(ErrorOf("/none.npy", kRows), HasSubstr("none.npy"));
  EXPECT_THAT(ErrorOf("", kRows), HasSubstr("give an .npy array"));
  EXPECT_THAT(ErrorOf("/nothing", kImage), HasSubstr("/nothing: no .png, .jpg or .jpeg image"));
  const auto inputs = ExampleInputs::Open(folder_, kImage);
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  EXPECT_THAT(std::string(inputs->Read(0).status().message()), HasSubstr("broken.png"));
}

TEST(EvenlySpreadTest, TakesAllOrSomeOfEveryStretch) {
  EXPECT_THAT(EvenlySpread(3, 10), ElementsAre(0, 1, 2));
  EXPECT_THAT(EvenlySpread(10, 5), ElementsAre(0, 2, 4, 6, 8));
  EXPECT_THAT(EvenlySpread(0, 5), ElementsAre());
}

}  // namespace
}  // namespace tideline
