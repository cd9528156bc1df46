#include "partitioner/tool/table.h"

#include <cmath>

#include <gtest/gtest.h>

namespace tideline {
namespace {

TEST(TableTest, ColumnsAreAlignedAndLinesEndWithoutBlanks) {
  Table table({{"name"}, {"bytes", Align::kRight}, {""}});
  table.AddRow({"a", "12", ""});
  table.AddRow({"longer", "3", "x"});
  EXPECT_EQ(table.ToString(),
            "name    bytes\n"
            "------  -----  -\n"
            "a          12\n"
            "longer      3  x\n");
}

TEST(TableTest, ControlCharactersOfAFileNeverReachTheTerminal) {
  Table table({{"name"}});
  table.AddRow({"a\x1b[2J\nb"});
  EXPECT_NE(table.ToString().find("a?[2J?b"), std::string::npos);
}

TEST(TableTest, WidthCountsCharactersNotBytes) {
  Table table({{"n"}, {"m"}});
  table.AddRow({"é", "1"});
  EXPECT_NE(table.ToString().find("é  1"), std::string::npos);
}

TEST(TableTest, ProgramsGetTheColumnsWithAKeyAndWhatWasMeant) {
  Table table({{"cut", Align::kLeft, "cut"}, {"", Align::kLeft}, {"ms", Align::kRight, "took_ms"}});
  table.AddRow({NameCell("features.18.conv", 9), "note", NumberCell("{:.1f}", 1.25)});
  table.AddRow({"edge", "", NumberCell("{:.1f}", std::nan(""))});
  EXPECT_EQ(table.ToJson(), nlohmann::ordered_json::parse(
                                R"([{"cut": "features.18.conv", "took_ms": 1.25},
                                    {"cut": "edge", "took_ms": null}])"));
}

TEST(HumanTest, BytesAndCountsHaveFewDigits) {
  EXPECT_EQ(HumanBytes(512), "512 B");
  EXPECT_EQ(HumanBytes(100352), "98.0 KiB");
  EXPECT_EQ(HumanBytes((int64_t{1} << 20) - 1), "1.0 MiB");
  EXPECT_EQ(HumanCount(999), "999");
  EXPECT_EQ(HumanCount(300774272), "300.77 M");
}

TEST(ShortenTest, KeepsBothEndsAndWholeCharacters) {
  EXPECT_EQ(Shorten("features", 8), "features");
  EXPECT_EQ(Shorten("features.18.conv", 9), "feat…conv");
  EXPECT_EQ(Shorten("ééééé", 4), "…é");
}

}  // namespace
}  // namespace tideline
