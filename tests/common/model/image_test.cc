#include "common/model/image.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/model/support.h"

namespace tideline {
namespace {

using testing::HasSubstr;

absl::Status DecodingStatus(const std::string& file) {
  return DecodeImage(Bytes(file), /*channels=*/3).status();
}

TEST(DecodeImageTest, JpegEqualsPillow) {
  EXPECT_EQ(LargestDifference(FixtureImage("colour.jpg"), FixtureImage("colour_jpg.png")), 0);
  EXPECT_EQ(
      LargestDifference(FixtureImage("colour.jpg", 1), FixtureImage("colour_jpg_grey.png", 1)), 0);
}

TEST(DecodeImageTest, GreyJpegBecomesColourByRepetition) {
  EXPECT_EQ(LargestDifference(FixtureImage("grey.jpg"), FixtureImage("grey_jpg.png")), 0);
}

TEST(DecodeImageTest, ProgressiveJpegEqualsBaseline) {
  EXPECT_EQ(LargestDifference(FixtureImage("progressive.jpg"), FixtureImage("colour_jpg.png")), 0);
}

TEST(DecodeImageTest, ExifOrientationIsNotApplied) {
  EXPECT_EQ(FixtureImage("turned.jpg").shape(), (Shape{47, 61, 3}));
}

TEST(DecodeImageTest, CmykJpegIsRefused) {
  const absl::Status status = DecodingStatus(Fixture("cmyk.jpg"));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.ToString(), HasSubstr("CMYK"));
}

TEST(DecodeImageTest, PngWithAlphaDropsIt) {
  EXPECT_EQ(LargestDifference(FixtureImage("alpha.png"), FixtureImage("small.png")), 0);
  EXPECT_EQ(LargestDifference(FixtureImage("grey_alpha.png"), FixtureImage("small_grey.png")), 0);
}

TEST(DecodeImageTest, PaletteAndBitImagesEqualPillow) {
  EXPECT_EQ(LargestDifference(FixtureImage("palette.png"), FixtureImage("palette_rgb.png")), 0);
  EXPECT_EQ(LargestDifference(FixtureImage("bits.png"), FixtureImage("bits_rgb.png")), 0);
}

TEST(DecodeImageTest, SixteenBitPngKeepsItsUpperBits) {
  EXPECT_EQ(LargestDifference(FixtureImage("wide.png"), FixtureImage("small.png")), 0);
}

TEST(DecodeImageTest, ColourBecomesGreyAsInPillow) {
  EXPECT_EQ(LargestDifference(FixtureImage("small.png", 1), FixtureImage("small_grey.png", 1)), 0);
}

TEST(DecodeImageTest, EveryTruncationIsAnError) {
  for (const char* name : {"colour.jpg", "progressive.jpg", "small.png", "palette.png"}) {
    const std::string file = Fixture(name);
    // The last four bytes of a PNG are the checksum of its end mark, which is not read.
    for (size_t size = 0; size + 4 < file.size(); ++size) {
      EXPECT_FALSE(DecodingStatus(file.substr(0, size)).ok()) << name << " of " << size << " bytes";
    }
    EXPECT_EQ(DecodingStatus(file.substr(0, file.size() / 2)).code(), absl::StatusCode::kDataLoss);
  }
}

TEST(DecodeImageTest, FlippedBitsNeverCrash) {
  for (const char* name : {"colour.jpg", "progressive.jpg", "small.png", "palette.png"}) {
    const std::string file = Fixture(name);
    for (size_t i = 0; i < file.size(); ++i) {
      std::string damaged = file;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x5A);
      const absl::StatusOr<Tensor> image = DecodeImage(Bytes(damaged), 3);
      EXPECT_TRUE(!image.ok() || image->shape().size() == 3);
    }
  }
}

TEST(DecodeImageTest, AnImageAboveTheLimitsIsRefusedBeforeItsPixels) {
  std::string jpeg = Fixture("colour.jpg");
  const size_t frame = jpeg.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, "\x40\x01\x40\x01");  // 16385 x 16385
  EXPECT_EQ(DecodingStatus(jpeg).code(), absl::StatusCode::kInvalidArgument);
}

TEST(DecodeImageTest, AnUnknownFormatIsRefused) {
  const absl::Status status = DecodingStatus("GIF89a and so on");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.ToString(), HasSubstr("neither a JPEG nor a PNG"));
}

TEST(EncodeJpegTest, ComesBackNearlyTheSame) {
  for (const int64_t channels : {1, 3}) {
    const Tensor smooth = FixtureImage("cropped_24x24.png", channels);
    const absl::StatusOr<std::string> file = EncodeJpeg(smooth, /*quality=*/95);
    ASSERT_TRUE(file.ok()) << file.status();
    const Tensor back = DecodeImage(Bytes(*file), channels).value();
    EXPECT_EQ(back.shape(), smooth.shape());
  }
}

TEST(EncodeJpegTest, LowerQualityIsSmaller) {
  const Tensor image = FixtureImage("source.png");
  EXPECT_LT(EncodeJpeg(image, 30)->size(), EncodeJpeg(image, 90)->size() / 2);
}

TEST(EncodeJpegTest, RefusesWhatIsNoImage) {
  const Tensor image = FixtureImage("source.png");
  EXPECT_FALSE(EncodeJpeg(image, 0).ok());
  EXPECT_FALSE(EncodeJpeg(image, 101).ok());
  EXPECT_FALSE(EncodeJpeg(Tensor::Allocate(DType::kUInt8, {4, 4, 2}).value(), 85).ok());
  EXPECT_FALSE(EncodeJpeg(Tensor::Allocate(DType::kFloat32, {4, 4, 3}).value(), 85).ok());
}

}  // namespace
}  // namespace tideline
