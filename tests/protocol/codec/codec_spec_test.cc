#include "protocol/codec/codec_spec.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tideline {
namespace {

using testing::HasSubstr;

std::string ErrorOf(std::string_view text) { return ParseCodecSpec(text).status().ToString(); }

TEST(CodecSpecTest, ReadsQuantizersWithTheirDefaultLevels) {
  EXPECT_EQ(*ParseCodecSpec("fp32"), (CodecSpec{Quantizer::kFp32, Level::kZstd}));
  EXPECT_EQ(*ParseCodecSpec("fp16"), (CodecSpec{Quantizer::kFp16, Level::kZstd}));
  EXPECT_EQ(*ParseCodecSpec("int8"), (CodecSpec{Quantizer::kAffine, Level::kZstd}));
  EXPECT_EQ(*ParseCodecSpec("bf16"), (CodecSpec{Quantizer::kBf16, Level::kZstd}));
  EXPECT_EQ(*ParseCodecSpec("raw"), (CodecSpec{Quantizer::kRaw, Level::kZstd}));
  EXPECT_EQ(*ParseCodecSpec("jpeg"), (CodecSpec{Quantizer::kJpeg, Level::kStored}));
}

TEST(CodecSpecTest, ReadsBitsAndNumbersOfLevels) {
  for (int bits = 1; bits <= 8; ++bits) {
    const CodecSpec spec = ParseCodecSpec(fmt::format("int{}", bits)).value();
    EXPECT_EQ(spec.quantizer, Quantizer::kAffine);
    EXPECT_EQ(spec.levels, 1 << bits);
  }
  for (int levels = 2; levels <= 256; ++levels) {
    EXPECT_EQ(ParseCodecSpec(fmt::format("q{}/stored", levels))->levels, levels);
  }
}

TEST(CodecSpecTest, ReadsLevelsAndQualities) {
  EXPECT_EQ(ParseCodecSpec("int8/stored")->level, Level::kStored);
  EXPECT_EQ(ParseCodecSpec("int8/zstd")->level, Level::kZstd);
  EXPECT_EQ(*ParseCodecSpec("q5/dense"), (CodecSpec{Quantizer::kAffine, Level::kDense, 5}));
  EXPECT_EQ(*ParseCodecSpec("int4/progressive"),
            (CodecSpec{Quantizer::kAffine, Level::kProgressive, 16}));
  EXPECT_EQ(ParseCodecSpec("int2/fast")->level, Level::kFast);
  EXPECT_EQ(ParseCodecSpec("jpeg:90")->jpeg_quality, 90);
  EXPECT_EQ(ParseCodecSpec("jpeg")->jpeg_quality, 85);
}

TEST(CodecSpecTest, WhatIsPrintedReadsBack) {
  for (const char* text :
       {"fp32", "fp16/stored", "int8", "raw", "raw/stored", "jpeg", "jpeg:42", "bf16", "int1",
        "int4/stored", "q3", "q255/stored", "q5/dense", "int8/fast"}) {
    EXPECT_EQ(ToString(*ParseCodecSpec(text)), text);
  }
  EXPECT_EQ(ToString(*ParseCodecSpec("int8/zstd")), "int8");
  EXPECT_EQ(ToString(*ParseCodecSpec("q16")), "int4");
  EXPECT_EQ(ToString(*ParseCodecSpec("jpeg:85")), "jpeg");
}

TEST(CodecSpecTest, ErrorsNameTheNearest) {
  EXPECT_THAT(ErrorOf("fp61"), HasSubstr("codec 'fp61': 'fp61' is no quantizer"));
  EXPECT_THAT(ErrorOf("jpg"), HasSubstr("did you mean 'jpeg'?"));
  EXPECT_THAT(ErrorOf("int8/zst"), HasSubstr("did you mean 'zstd'?"));
}

TEST(CodecSpecTest, LosslessLevelsAreForSymbolsAlone) {
  for (const char* text : {"fp32/dense", "fp16/fast", "bf16/dense", "raw/fast"}) {
    EXPECT_THAT(ErrorOf(text), HasSubstr("codes int1 to int8 and q2 to q256 alone")) << text;
  }
}

TEST(CodecSpecTest, RefusesWhatDoesNotGoTogether) {
  for (const char* text :
       {"",        "/",    "int8/", "int8:90", "jpeg:0", "jpeg:101", "jpeg:",          "jpeg/zstd",
        "jpeg:9x", "INT8", "int",   "int0",    "int9",   "int08",    "int-1",          "int8.0",
        "q",       "q1",   "q257",  "q05",     "q-5",    "q 5",      "int8/zstd/zstd", " int8"}) {
    EXPECT_EQ(ParseCodecSpec(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace tideline
