#include "common/tensor/npy.h"

#include <cstdio>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/file.h"
#include "tests/common/base/zip_builder.h"

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The bytes of a version 1.0 file with that dictionary and those elements.
template <typename T>
std::string Npy(const std::string& dictionary, const std::vector<T>& elements) {
  std::string header = dictionary;
  while ((10 + header.size() + 1) % 64 != 0) {
    header += ' ';
  }
  header += '\n';
  std::string file = "\x93NUMPY";
  file +=
      {'\1', '\0', static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
  file += header;
  return file.append(reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(T));
}

std::string Dictionary(const std::string& descr, const std::string& shape) {
  return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";
}

class NpyTest : public ::testing::Test {
 protected:
  absl::StatusOr<Tensor> Parse(const std::string& bytes) {
    const auto owner = std::make_shared<const std::string>(bytes);
    return ParseNpy(std::as_bytes(std::span(*owner)), owner);
  }

  void ExpectError(const std::string& bytes, const std::string& part) {
    const absl::Status status = Parse(bytes).status();
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), HasSubstr(part));
  }

  const std::vector<float> six_{0, 1, 2, 3, 4, 5};
};

TEST_F(NpyTest, FloatsAreReadInOrder) {
  const auto tensor = Parse(Npy(Dictionary("<f4", "(2, 3)"), six_));
  ASSERT_TRUE(tensor.ok()) << tensor.status();
  EXPECT_EQ(tensor->dtype(), DType::kFloat32);
  EXPECT_THAT(tensor->shape(), ElementsAre(2, 3));
  EXPECT_THAT(std::span(tensor->as<float>(), 6), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(NpyTest, ScalarsVectorsAndIntegersAreRead) {
  const auto scalar = Parse(Npy<int64_t>(Dictionary("<i8", "()"), {-7}));
  ASSERT_TRUE(scalar.ok()) << scalar.status();
  EXPECT_TRUE(scalar->shape().empty());
  EXPECT_EQ(scalar->as<int64_t>()[0], -7);
  const auto vector = Parse(Npy<uint8_t>(Dictionary("|u1", "(3,)"), {1, 2, 255}));
  ASSERT_TRUE(vector.ok()) << vector.status();
  EXPECT_THAT(vector->shape(), ElementsAre(3));
  EXPECT_EQ(vector->as<uint8_t>()[2], 255);
}

TEST_F(NpyTest, MisplacedElementsAreCopied) {
  const std::string file = Npy(Dictionary("<f4", "(2, 3)"), six_);
  const auto owner = std::make_shared<const std::string>("x" + file);
  const auto tensor = ParseNpy(std::as_bytes(std::span(*owner)).subspan(1), owner);
  ASSERT_TRUE(tensor.ok()) << tensor.status();
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor->data()) % alignof(float), 0U);
  EXPECT_EQ(tensor->as<float>()[5], 5.0F);
}

TEST_F(NpyTest, EveryTruncationIsAnError) {
  const std::string whole = Npy(Dictionary("<f4", "(2, 3)"), six_);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(Parse(whole.substr(0, size)).ok()) << "with " << size << " bytes";
  }
}

TEST_F(NpyTest, WhatIsNotReadSaysWhatToDo) {
  ExpectError(Npy(Dictionary(">f4", "(2, 3)"), six_), "save little-endian numbers");
  ExpectError(Npy(Dictionary("|O", "(2, 3)"), six_), "'|O' is not read");
  ExpectError("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", "not an npy file");
  ExpectError(Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", six_),
              "numpy.ascontiguousarray");
}

TEST_F(NpyTest, ShapesThatLieAreRefused) {
  ExpectError(Npy(Dictionary("<f4", "(2, 4)"), six_), "more than the 24 bytes");
  ExpectError(Npy(Dictionary("<f4", "(-1, 3)"), six_), "bad shape");
  ExpectError(Npy(Dictionary("<f4", "(4294967296, 4294967296)"), six_), "more than the 24 bytes");
  ExpectError(Npy(Dictionary("<f4", "(99999999999999999999,)"), six_), "bad shape");
  ExpectError(Npy("{'descr': '<f4', 'fortran_order': False}", six_), "no shape");
}

TEST_F(NpyTest, NpzGivesArraysByName) {
  const std::string path = ::testing::TempDir() + "/npy_test.npz";
  const std::string archive = ZipBuilder()
                                  .Add("image.npy", Npy(Dictionary("<f4", "(6,)"), six_))
                                  .Add("label.npy", Npy<int64_t>(Dictionary("<i8", "()"), {4}))
                                  .Build();
  ASSERT_TRUE(WriteFileAtomically(path, archive).ok());
  const auto arrays = ReadNpz(path);
  ASSERT_TRUE(arrays.ok()) << arrays.status();
  ASSERT_EQ(arrays->size(), 2U);
  EXPECT_EQ(arrays->at("image").as<float>()[3], 3.0F);
  EXPECT_EQ(arrays->at("label").as<int64_t>()[0], 4);
  std::remove(path.c_str());
}

TEST_F(NpyTest, ADamagedArrayInAnNpzIsNamed) {
  const std::string path = ::testing::TempDir() + "/npy_test_damaged.npz";
  const ZipBuilder::Entry entry{
      .name = "image.npy", .bytes = Npy(Dictionary("<f4", "(6,)"), six_), .claimed_crc = 1};
  ASSERT_TRUE(WriteFileAtomically(path, ZipBuilder().Add(entry).Build()).ok());
  const absl::Status status = ReadNpz(path).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("'image.npy' is damaged"));
  std::remove(path.c_str());
}

}  // namespace
}  // namespace tideline
