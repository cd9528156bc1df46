#include "edge/source/csv.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/source/csv_line.h"

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

TEST(CsvLineTest, FieldsLoseBlanksAndQuotes) {
  EXPECT_THAT(*SplitCsvLine("1, 2 ,\"a, \"\"b\"\"\" ,"), ElementsAre("1", "2", "a, \"b\"", ""));
  EXPECT_THAT(*SplitCsvLine(""), ElementsAre(""));
  EXPECT_THAT(*SplitCsvLine(","), ElementsAre("", ""));
}

TEST(CsvLineTest, QuotesThatDoNotEndAreAnError) {
  for (const std::string line : {"\"", "1,\"2", "\"a\"b,c", "\"a\"\""}) {
    EXPECT_FALSE(SplitCsvLine(line).ok()) << line;
  }
}

TEST(CsvLineTest, NumbersAreFinite) {
  EXPECT_EQ(ParseCsvNumber("-1.5e3"), -1500.0F);
  EXPECT_EQ(ParseCsvNumber("+2"), 2.0F);
  EXPECT_EQ(ParseCsvNumber("true"), 1.0F);
  EXPECT_EQ(ParseCsvNumber("false"), 0.0F);
  for (const std::string field : {"", "nan", "inf", "-inf", "1e99", "1 2", "0x10", "1,5", "+-1"}) {
    EXPECT_EQ(ParseCsvNumber(field), std::nullopt) << field;
  }
}

class CsvTest : public ::testing::Test {
 protected:
  ~CsvTest() override { std::filesystem::remove(path_); }

  absl::StatusOr<CsvSeries> Read(const std::string& content, const CsvColumns& columns = {}) const {
    std::ofstream(path_, std::ios::binary) << content;
    return ReadCsv(path_, columns);
  }
  // Behind the path.
  std::string ErrorOf(const std::string& content, const CsvColumns& columns = {}) const {
    const std::string text(Read(content, columns).status().message());
    return text.starts_with(path_) ? text.substr(path_.size()) : text;
  }

  const std::string path_ = ::testing::TempDir() + "csv_test.csv";
};

TEST_F(CsvTest, ColumnsAreTakenByNameInTheOrderAskedFor) {
  const auto series = Read("t,x,y\n0,1,2\n1,3,4\n", {.names = {"y", "x"}});
  ASSERT_TRUE(series.ok()) << series.status();
  EXPECT_EQ(series->rows(), 2);
  EXPECT_THAT(series->values, ElementsAre(2, 1, 4, 3));
  EXPECT_TRUE(series->faults.empty());
}

TEST_F(CsvTest, WithoutAHeaderColumnsHaveNumbers) {
  const auto series = Read("0,1,2\n1,3,4\n", {.names = {"3", "1"}, .header = false});
  ASSERT_TRUE(series.ok()) << series.status();
  EXPECT_THAT(series->values, ElementsAre(2, 0, 4, 1));
  EXPECT_EQ(ErrorOf("0,1\n", {.names = {"3"}, .header = false}),
            ":1: has no column '3': without a header columns are called 1 to 2");
}

TEST_F(CsvTest, LinesMayEndAsWindowsWritesThem) {
  const auto series = Read("\xef\xbb\xbfx\r\n1\r\n\r\n2");
  ASSERT_TRUE(series.ok()) << series.status();
  EXPECT_THAT(series->values, ElementsAre(1, 2));
}

TEST_F(CsvTest, AColumnThatIsNotThereIsNamedWithTheNearest) {
  EXPECT_EQ(ErrorOf("time,accel_x\n", {.names = {"accel_y"}}),
            ":1: has no column 'accel_y'; did you mean 'accel_x'?");
  EXPECT_EQ(ErrorOf("x,x\n", {.names = {"x"}}), ":1: has more than one column 'x'");
}

TEST_F(CsvTest, ALineThatIsNoRowIsAFaultWithItsNumber) {
  const auto series = Read("x,y\n1,2\n3,\n\n5,six\n7\n8,9,10\n\"11,12\n13," +
                           std::string(100'000, '1') + "\n14,15\n");
  ASSERT_TRUE(series.ok()) << series.status();
  EXPECT_EQ(series->rows(), 8);
  ASSERT_EQ(series->faults.size(), 6);
  EXPECT_THAT(series->faults.at(1), EndsWith(":3: column 'y' has no value"));
  EXPECT_THAT(series->faults.at(2), EndsWith(":5: column 'y': 'six' is not a number"));
  EXPECT_THAT(series->faults.at(3), EndsWith(":6: has 1 fields, the first line has 2"));
  EXPECT_THAT(series->faults.at(4), EndsWith(":7: has 3 fields, the first line has 2"));
  EXPECT_THAT(series->faults.at(5), HasSubstr(":8: a field in quotes"));
  EXPECT_THAT(series->faults.at(6), EndsWith(":9: the line has more than 65536 bytes"));
}

TEST_F(CsvTest, AFileThatIsNoSeriesIsRefused) {
  std::string words = "x\n";
  for (size_t i = 0; i <= kMaxCsvFaults; ++i) {
    words += "word\n";
  }
  EXPECT_THAT(ErrorOf(words), HasSubstr("more than 1000 lines are no row, the first: "));
  EXPECT_EQ(ReadCsv(path_ + ".absent", {}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Read("")->rows(), 0);
}

TEST_F(CsvTest, AWindowHasColumnsBeforeTimeOrAfter) {
  const auto series = Read("x,y\n1,2\n3,4\n5,6\n");
  const auto floats = [](const Tensor& t) {
    return std::vector<float>(t.as<float>(), t.as<float>() + t.numel());
  };
  const auto columns_time = WindowOf(*series, {1, 2}, /*time_first=*/false);
  EXPECT_EQ(columns_time->shape(), (Shape{2, 2}));
  EXPECT_THAT(floats(*columns_time), ElementsAre(3, 5, 4, 6));
  EXPECT_THAT(floats(*WindowOf(*series, {1, 2}, /*time_first=*/true)), ElementsAre(3, 4, 5, 6));
}

TEST_F(CsvTest, OnlyAWindowWithAFaultIsAnError) {
  const auto series = Read("x\n1\n2\n\"\"\n4\n5\n");
  EXPECT_TRUE(WindowOf(*series, {0, 2}, false).ok());
  EXPECT_FALSE(WindowOf(*series, {1, 2}, false).ok());
  EXPECT_FALSE(WindowOf(*series, {2, 2}, false).ok());
  EXPECT_TRUE(WindowOf(*series, {3, 2}, false).ok());
}

}  // namespace
}  // namespace tideline
