#include "tests/lab/trace.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tideline::lab {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<const Trace> MustParse(std::string_view text) {
  auto trace = Trace::Parse(text);
  EXPECT_TRUE(trace.ok()) << trace.status();
  return *trace;
}

TEST(TraceTest, RepeatsWithItsLastLineAsPeriod) {
  const auto trace = MustParse("0\n3\n3\n10\n");
  EXPECT_EQ(trace->At(0), absl::ZeroDuration());
  EXPECT_EQ(trace->At(3), absl::Milliseconds(10));
  EXPECT_EQ(trace->At(4), absl::Milliseconds(10));
  EXPECT_EQ(trace->At(5), absl::Milliseconds(13));
  EXPECT_EQ(trace->At(4'000'000), absl::Milliseconds(10'000'000));
}

TEST(TraceTest, FindsTheFirstOpportunityFromATime) {
  const auto trace = MustParse("0\n3\n3\n10\n");
  EXPECT_EQ(trace->FirstFrom(absl::ZeroDuration()), 0);
  EXPECT_EQ(trace->FirstFrom(absl::Nanoseconds(1)), 1);
  EXPECT_EQ(trace->FirstFrom(absl::Milliseconds(3)), 1);
  EXPECT_EQ(trace->FirstFrom(absl::Microseconds(3001)), 3);
  EXPECT_EQ(trace->FirstFrom(absl::Milliseconds(10)), 3);
  EXPECT_EQ(trace->FirstFrom(absl::Microseconds(10001)), 5);
  EXPECT_EQ(trace->FirstFrom(absl::Milliseconds(10'000'000)), 3'999'999);
}

TEST(TraceTest, FirstFromIsTheInverseOfAt) {
  const auto trace = MustParse("2\n2\n7\n9\n9\n9");
  for (int64_t index = 0; index < 40; ++index) {
    const int64_t first = trace->FirstFrom(trace->At(index));
    EXPECT_LE(first, index);
    EXPECT_EQ(trace->At(first), trace->At(index));
    EXPECT_TRUE(first == 0 || trace->At(first - 1) < trace->At(index));
  }
}

TEST(TraceTest, MeanRateIsBytesOverThePeriod) {
  EXPECT_DOUBLE_EQ(MustParse("5\n10\n")->mean_rate().bits_per_second, 2 * 1500 * 8 / 0.010);
}

TEST(TraceTest, RefusesWhatIsNoTrace) {
  EXPECT_THAT(Trace::Parse("").status().message(), HasSubstr("no time"));
  EXPECT_THAT(Trace::Parse("0\n0\n").status().message(), HasSubstr("no time"));
  EXPECT_THAT(Trace::Parse("1\n5\n4\n").status().message(),
              HasSubstr("line 3: 4 ms comes after 5"));
  for (const char* text : {"1\nx\n", "1\n\n2\n", "1\n-3\n", "1\n2.5\n", "1\n86400001\n",
                           "1\n99999999999999999999\n", "1\r\n2\r\n"}) {
    const absl::Status status = Trace::Parse(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(status.message(), HasSubstr("line ")) << text;
  }
}

TEST(TraceTest, AFileThatIsNotThereIsNotFound) {
  EXPECT_EQ(Trace::Read("/nowhere/trace.up").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tideline::lab
