#include "edge/journal/format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Row = AnsweredSet::Row;

SourceIdentity Photos() {
  return {.digest = std::string(64, 'a'), .count = 360, .path = "/data/my photos\n\"é\""};
}

AnsweredSet Answered(std::initializer_list<Row> rows) {
  AnsweredSet set;
  for (const Row& row : rows) {
    set.Add(row);
  }
  return set;
}

std::string Journal() {
  return FormatJournal(Photos(), Answered({{0, 17}, {19, 19}})) +
         FormatRecords(Photos(), Answered({{18, 18}})) +
         FormatRecords(Photos(), Answered({{21, 22}}));
}

TEST(JournalFormatTest, WhatIsWrittenIsReadBack) {
  const auto content = ParseJournal(Journal());
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(content->identity, Photos());
  EXPECT_THAT(content->answered.Rows(), ElementsAre(Row{0, 19}, Row{21, 22}));
  EXPECT_FALSE(content->torn);
  EXPECT_EQ(content->damaged, 0U);
  EXPECT_EQ(FormatRecords(Photos(), AnsweredSet()), "");
}

TEST(JournalFormatTest, TheMostRowsStayBelowWhatIsRead) {
  AnsweredSet set;
  for (uint64_t i = 0; i < AnsweredSet::kMaxRows; ++i) {
    set.Add(AnsweredSet::kMaxPlace - 2 * i);
  }
  const std::string text = FormatJournal(Photos(), set);
  EXPECT_LT(text.size(), kMaxJournalText / 4);
  EXPECT_EQ(ParseJournal(text)->answered.Rows(), set.Rows());
}

// Wherever the last write ended: no place that was not written, and all that came before.
TEST(JournalFormatTest, EveryTruncationIsReadUpToItsLastWholeRecord) {
  const std::string text = Journal();
  const size_t header = text.find('\n') + 1;
  for (size_t size = 0; size < header - 1; ++size) {
    EXPECT_FALSE(ParseJournal(text.substr(0, size)).ok()) << size;
  }
  for (size_t size = header; size < text.size(); ++size) {
    const auto content = ParseJournal(text.substr(0, size));
    ASSERT_TRUE(content.ok()) << size;
    EXPECT_EQ(content->torn, text[size - 1] != '\n') << size;
    EXPECT_EQ(content->damaged, 0U);
    EXPECT_FALSE(content->answered.Contains(21));
  }
}

TEST(JournalFormatTest, AnyFlippedBitIsSeen) {
  const std::string text = Journal();
  const AnsweredSet all = ParseJournal(text)->answered;
  for (size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string flipped = text;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    const auto content = ParseJournal(flipped);
    if (content.ok()) {
      ASSERT_TRUE(content->torn || content->damaged > 0) << bit;
      ASSERT_EQ(content->identity, Photos()) << bit;
      for (const Row& row : content->answered.Rows()) {
        ASSERT_GT(all.NextMissing(row.first), row.last) << bit;
      }
    }
  }
}

TEST(JournalFormatTest, ADamagedRecordInTheMiddleCostsOnlyItself) {
  std::string text = Journal();
  text[text.find("18-18")] = '9';
  const auto content = ParseJournal(text);
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(content->damaged, 1U);
  EXPECT_THAT(content->answered.Rows(), ElementsAre(Row{0, 17}, Row{19, 19}, Row{21, 22}));
}

TEST(JournalFormatTest, ATailOfZerosIsATornRecord) {
  const auto content = ParseJournal(Journal() + std::string(4096, '\0'));
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_TRUE(content->torn);
  EXPECT_TRUE(content->answered.Contains(22));
}

TEST(JournalFormatTest, ARecordOfAnotherJournalDoesNotCount) {
  SourceIdentity other = Photos();
  other.count = 361;
  const auto content = ParseJournal(Journal() + FormatRecords(other, Answered({{100, 200}})) +
                                    FormatRecords(Photos(), Answered({{300, 300}})));
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(content->damaged, 1U);
  EXPECT_FALSE(content->answered.Contains(100));
  EXPECT_TRUE(content->answered.Contains(300));
}

TEST(JournalFormatTest, WhatIsNoJournalIsCalledSo) {
  EXPECT_EQ(ParseJournal("{\"id\": 1}\n").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseJournal("tideline-journal 1 x\n").status().code(), absl::StatusCode::kDataLoss);
}

TEST(JournalFormatTest, AnotherVersionIsNamed) {
  // The CRC-32 of "tideline-journal 2 x".
  const auto content = ParseJournal("tideline-journal 2 x e6845eb9\n");
  EXPECT_EQ(content.status().code(), absl::StatusCode::kFailedPrecondition) << content.status();
  EXPECT_THAT(std::string(content.status().message()), HasSubstr("version 2"));
}

}  // namespace
}  // namespace tideline
