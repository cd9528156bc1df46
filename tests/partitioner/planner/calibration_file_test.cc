#include "partitioner/planner/calibration_file.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/partitioner/planner/example_set.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kText[] = R"({
 "format": 1, "model": "digits", "sha256": "aa", "fit": 64, "samples": 300,
 "accuracy": {"value": 0.99, "interval95": [0.98, 1.0]},
 "records": [
  {"cut": "input", "codec": "jpeg:85", "elements": 12288, "bytes_mean": 900.5, "bytes_p95": 1100,
   "encode_ns": 2000, "decode_ns": 1000, "mean_error": 0.1, "accuracy_drop": 0.02,
   "agreement": 0.99},
  {"cut": "features.3", "codec": "int4/fast", "elements": 4096, "bytes_mean": 812, "bytes_p95": 840,
   "encode_ns": 50000, "decode_ns": 40000, "mean_error": 0.1, "accuracy_drop": 0.01,
   "agreement": 0.995, "leakage_ssim": 0.4, "leakage_psnr_db": 17.5}
 ]
})";

// The text with one piece of it replaced.
absl::Status StatusWith(const std::string& from, const std::string& to) {
  std::string text = kText;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return ParseCalibration(text.replace(at, from.size(), to), "c.json").status();
}

std::string ErrorWith(const std::string& from, const std::string& to) {
  return std::string(StatusWith(from, to).message());
}

TEST(CalibrationFileTest, EveryFigureIsRead) {
  const auto file = ParseCalibration(kText, "c.json");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->model, "digits");
  EXPECT_EQ(file->samples, 300);
  ASSERT_EQ(file->calibration.records.size(), 2);
  const CodecRecord& jpeg = file->calibration.records[0];
  EXPECT_EQ(jpeg.cut, "input");
  EXPECT_EQ(jpeg.codec, "jpeg");  // as profiles write it: 85 is what jpeg means
  EXPECT_EQ(jpeg.bytes_mean, 900.5);
  EXPECT_FALSE(jpeg.leakage_ssim);
  const CodecRecord& record = file->calibration.records[1];
  EXPECT_EQ(record.codec, "int4/fast");
  EXPECT_EQ(record.bytes_p95, 840);
  EXPECT_EQ(record.encode_ns, 50'000);
  EXPECT_EQ(record.decode_ns, 40'000);
  EXPECT_EQ(record.accuracy_drop, 0.01);
  EXPECT_EQ(record.agreement, 0.995);
  EXPECT_EQ(record.leakage_ssim, 0.4);
  EXPECT_EQ(record.leakage_psnr_db, 17.5);
}

TEST(CalibrationFileTest, AnotherModelIsRefused) {
  const auto file = ParseCalibration(kText, "c.json");
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(CheckSameModel(*file, {"digits", "aa", 1, "ff"}).ok());
  const absl::Status status = CheckSameModel(*file, {"other", "bb", 1, "ff"});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("run tideline calibrate on this model"));
}

TEST(CalibrationFileTest, AnotherFormatIsRefused) {
  const absl::Status status = StatusWith("\"format\": 1", "\"format\": 2");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(status.message()), HasSubstr("it has format 2, this release reads 1"));
}

TEST(CalibrationFileTest, FiguresThatCannotBeAreRefusedWithTheirPlace) {
  EXPECT_THAT(ErrorWith("900.5", "0"), StartsWith("c.json: records[0]: 'bytes_mean' is 0"));
  EXPECT_THAT(ErrorWith("50000", "-1"), StartsWith("c.json: records[1]: 'encode_ns' is -1"));
  EXPECT_THAT(ErrorWith("0.02", "1.5"), HasSubstr("'accuracy_drop' is 1.5"));
  EXPECT_THAT(ErrorWith("0.995", "1e300"), HasSubstr("'agreement'"));
  EXPECT_THAT(ErrorWith("0.4", "2"), HasSubstr("'leakage_ssim' is 2"));
  EXPECT_THAT(ErrorWith("812", "\"many\""), HasSubstr("'bytes_mean' is no number"));
}

TEST(CalibrationFileTest, CodecsThatDoNotExistAreRefused) {
  EXPECT_THAT(ErrorWith("int4/fast", "int4/quick"), HasSubstr("records[1]: codec 'int4/quick'"));
}

TEST(CalibrationFileTest, ARowThatIsThereTwiceIsRefused) {
  std::string text = kText;
  text.replace(text.find("int4/fast"), 9, "jpeg");
  text.replace(text.find("features.3"), 10, "input");
  EXPECT_THAT(std::string(ParseCalibration(text, "c.json").status().message()),
              HasSubstr("is there twice"));
}

TEST(CalibrationFileTest, HostileTextIsRefused) {
  const std::string text = kText;
  for (size_t size = 0; size < text.size() - 1; ++size) {
    ASSERT_FALSE(ParseCalibration(text.substr(0, size), "c.json").ok()) << size;
  }
  EXPECT_FALSE(ParseCalibration(std::string(100, '['), "c.json").ok());
  EXPECT_FALSE(ParseCalibration("[]", "c.json").ok());
  EXPECT_EQ(StatusWith("\"records\"", "\"rows\"").code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ParseCalibration(std::string(kMaxCalibrationBytes + 1, ' '), "c.json").status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(UncalibratedTest, SizesAreThoseOfTheElementsAndLossesAreUnknown) {
  const Network network = MakeExample().network;
  const Calibration calibration = Uncalibrated(network);
  EXPECT_TRUE(CheckCalibration(calibration).ok());
  const auto find = [&](std::string_view cut, std::string_view codec) {
    const auto found = std::ranges::find_if(calibration.records, [&](const CodecRecord& record) {
      return record.cut == cut && record.codec == codec;
    });
    return found == calibration.records.end() ? nullptr : &*found;
  };
  ASSERT_NE(find("b", "fp16/stored"), nullptr);
  EXPECT_EQ(find("b", "fp32/stored")->bytes_mean, 80'000);
  EXPECT_EQ(find("b", "fp32/stored")->accuracy_drop, 0);
  EXPECT_EQ(find("b", "fp16/stored")->bytes_mean, 40'000);
  EXPECT_EQ(find("b", "int8/stored")->bytes_p95, 20'000);
  EXPECT_EQ(find("b", "int8/stored")->accuracy_drop, kUnknownDrop);
  EXPECT_NE(find("input", "fp32/stored"), nullptr);
  EXPECT_EQ(find("input", "int8/stored"), nullptr);
  EXPECT_EQ(find("edge", "fp32/stored"), nullptr);
}

}  // namespace
}  // namespace tideline
