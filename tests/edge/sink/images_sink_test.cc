#include "edge/sink/images_sink.h"

#include <filesystem>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/file.h"
#include "common/model/image.h"
#include "edge/sink/caption.h"
#include "edge/sink/font.h"

namespace tideline {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// One colour all over.
Tensor Plain(int64_t height, int64_t width, uint8_t value) {
  Tensor image = *Tensor::Allocate(DType::kUInt8, {height, width, 3});
  std::fill_n(image.mutable_data(), image.nbytes(), std::byte{value});
  return image;
}

uint8_t At(const Tensor& image, int64_t y, int64_t x) {
  return image.as<uint8_t>()[(y * image.shape()[1] + x) * 3];
}

TEST(CaptionTest, TheImageStandsAboveItsBand) {
  const auto image = WithCaption(Plain(240, 320, 100), "A\nB");
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->shape(), (Shape{240 + 23, 320, 3}));
  EXPECT_EQ(At(*image, 239, 319), 100);
  EXPECT_LT(At(*image, 240, 0), 50);
  // The top of the A: a gap, three dots, a gap.
  const auto is_letter = [&](int64_t x) { return At(*image, 243, 2 + x) > 200; };
  EXPECT_THAT((std::array{is_letter(0), is_letter(1), is_letter(2), is_letter(3), is_letter(4)}),
              ElementsAre(false, true, true, true, false));
}

TEST(CaptionTest, SmallImagesAreEnlargedAndLargeOnesMadeSmaller) {
  EXPECT_EQ(WithCaption(Plain(64, 64, 1), "")->shape()[1], 320);
  EXPECT_EQ(WithCaption(Plain(2, 4000, 1), "")->shape()[1], 1000);
  EXPECT_EQ(WithCaption(Plain(1, 1, 1), "x")->shape()[1], 320);
}

TEST(CaptionTest, LinesThatAreTooLongAndStrangeLettersAreDrawnAllTheSame) {
  EXPECT_TRUE(WithCaption(Plain(9, 9, 1), std::string(10'000, 'w') + "\n\xc3\xa4").ok());
  EXPECT_EQ(GlyphOf('\xc3'), GlyphOf('?'));
  EXPECT_EQ(GlyphOf('q'), GlyphOf('Q'));
}

TEST(CaptionTest, WhatIsNoImageIsAnError) {
  EXPECT_FALSE(WithCaption(*Tensor::Allocate(DType::kUInt8, {4, 4, 1}), "").ok());
  EXPECT_FALSE(WithCaption(*Tensor::Allocate(DType::kFloat32, {4, 4, 3}), "").ok());
  EXPECT_FALSE(WithCaption(*Tensor::Allocate(DType::kUInt8, {0, 4, 3}), "").ok());
}

class ImagesSinkTest : public ::testing::Test {
 protected:
  ImagesSinkTest() { fs::remove_all(folder_); }
  ~ImagesSinkTest() override { fs::remove_all(folder_); }

  Record RecordOf(uint64_t seq) const {
    return {.seq = seq,
            .id = "",
            .line = "",
            .time = absl::FromUnixSeconds(static_cast<int64_t>(seq)),
            .image = Bytes::Own(*EncodeJpeg(Plain(8, 8, 50), 90)),
            .caption = "cat 0.93\nedge"};
  }
  std::set<std::string> Names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

  const std::string folder_ = ::testing::TempDir() + "images_sink_test/deep";
};

TEST_F(ImagesSinkTest, TheLatestStayAcrossRunsAndOtherFilesAreLeftAlone) {
  for (const uint64_t first : {0, 3}) {
    const std::unique_ptr<Sink> sink = OpenImagesSink(folder_, 2);
    for (uint64_t seq = first; seq < first + 3; ++seq) {
      ASSERT_TRUE(sink->Write(RecordOf(seq)).ok());
    }
    std::ofstream(folder_ + "/a.jpg") << "mine";
  }
  EXPECT_THAT(Names(), ElementsAre("19700101T000004.000Z-00000004.jpg",
                                   "19700101T000005.000Z-00000005.jpg", "a.jpg"));
  const auto file = ReadFile(folder_ + "/19700101T000005.000Z-00000005.jpg", 1 << 20);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(DecodeImage(std::as_bytes(std::span(*file)), 3)->shape()[1], 320);
}

TEST_F(ImagesSinkTest, AFolderThatCannotBeMadeIsTriedAgain) {
  fs::create_directories(fs::path(folder_).parent_path());
  std::ofstream(folder_) << "a file";
  const std::unique_ptr<Sink> sink = OpenImagesSink(folder_, 2);
  const absl::Status status = sink->Write(RecordOf(0));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("images cannot be written there"));
  fs::remove(folder_);
  EXPECT_TRUE(sink->Write(RecordOf(0)).ok());
}

}  // namespace
}  // namespace tideline
