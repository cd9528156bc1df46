#include "edge/journal/journal.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/file.h"

namespace tideline {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Row = AnsweredSet::Row;

class JournalTest : public ::testing::Test {
 protected:
  JournalTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~JournalTest() override { fs::remove_all(folder_); }

  std::unique_ptr<Journal> Open() const {
    auto journal = Journal::Open(path_, kPhotos);
    EXPECT_TRUE(journal.ok()) << journal.status();
    return journal.ok() ? *std::move(journal) : nullptr;
  }
  std::vector<Row> Before() const { return Open()->before().Rows(); }
  void Answer(uint64_t first, uint64_t last) const {
    const auto journal = Open();
    for (uint64_t place = first; place <= last; ++place) {
      journal->Add(place);
    }
    EXPECT_TRUE(journal->Commit().ok());
  }
  std::string Text() const { return *ReadFile(path_, /*limit=*/1 << 20); }
  void Write(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }

  const SourceIdentity kPhotos{
      .digest = std::string(64, 'a'), .count = 360, .path = "/data/photos"};
  const std::string folder_ = ::testing::TempDir() + "journal_test";
  const std::string path_ = folder_ + "/journal";
};

TEST_F(JournalTest, WhatWasCommittedIsThereAtTheNextStart) {
  EXPECT_THAT(Before(), IsEmpty());
  Answer(0, 9);
  Answer(11, 12);
  EXPECT_THAT(Before(), ElementsAre(Row{0, 9}, Row{11, 12}));
}

TEST_F(JournalTest, WhatWasNotCommittedIsDoneAgain) {
  const auto journal = Open();
  journal->Add(0);
  ASSERT_TRUE(journal->Commit().ok());
  journal->Add(1);
  EXPECT_TRUE(ParseJournal(Text())->answered.Contains(0));
  EXPECT_FALSE(ParseJournal(Text())->answered.Contains(1));
  journal->Discard();
  journal->Add(2);
  ASSERT_TRUE(journal->Commit().ok());
  EXPECT_FALSE(ParseJournal(Text())->answered.Contains(1));
}

TEST_F(JournalTest, ATornRecordIsLeftOutAndTheNextOneIsWhole) {
  Answer(0, 9);
  Write(Text() + "10-1");
  Answer(20, 20);
  EXPECT_THAT(Before(), ElementsAre(Row{0, 9}, Row{20, 20}));
}

TEST_F(JournalTest, AJournalWhoseFirstLineIsDamagedIsBegunAnewAndLogged) {
  Answer(0, 9);
  std::string text = Text();
  text[30] = '!';
  Write(text);
  ::testing::internal::CaptureStderr();
  EXPECT_THAT(Before(), IsEmpty());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("journal_begun_anew"));
}

TEST_F(JournalTest, AnEmptyFileIsANewJournal) {
  Write("");
  Answer(0, 3);
  EXPECT_THAT(Before(), ElementsAre(Row{0, 3}));
}

TEST_F(JournalTest, AFileThatIsNoJournalIsLeftAlone) {
  Write("{\"id\": \"photos/a.png\"}\n");
  const auto journal = Journal::Open(path_, kPhotos);
  EXPECT_EQ(journal.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(journal.status().message()), HasSubstr(path_ + ": is no journal"));
  EXPECT_EQ(Text(), "{\"id\": \"photos/a.png\"}\n");
}

TEST_F(JournalTest, AFileThatIsTooLargeIsRefused) {
  Write("tideline-journal ");
  fs::resize_file(path_, kMaxJournalText + 1);
  EXPECT_EQ(Journal::Open(path_, kPhotos).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(JournalTest, TheJournalOfOtherInputsIsRefusedAndStays) {
  Answer(0, 9);
  SourceIdentity other = kPhotos;
  other.digest = std::string(64, 'b');
  other.count = 361;
  other.path = "/data/other";
  const auto journal = Journal::Open(path_, other);
  EXPECT_EQ(journal.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(journal.status().message()),
              HasSubstr("is the journal of 360 inputs of /data/photos, the source now has 361 of "
                        "/data/other"));
  EXPECT_THAT(Before(), ElementsAre(Row{0, 9}));
}

TEST_F(JournalTest, OneProcessAtATimeHasIt) {
  const auto journal = Open();
  EXPECT_EQ(Journal::Open(path_, kPhotos).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(JournalTest, APlaceThatCannotBeWrittenIsAnErrorAtTheStart) {
  EXPECT_FALSE(Journal::Open(folder_ + "/absent/journal", kPhotos).ok());
  EXPECT_FALSE(Journal::Open(folder_, kPhotos).ok());
}

TEST_F(JournalTest, ItStaysSmallHoweverLongItRuns) {
  const auto journal = Open();
  uintmax_t largest = 0;
  for (uint64_t place = 0; place < 20'000; place += 2) {
    journal->Add(place);
    if (place % 128 == 0) {
      ASSERT_TRUE(journal->Commit().ok());
      largest = std::max(largest, fs::file_size(path_));
    }
  }
  EXPECT_LT(largest, size_t{300} << 10);
  EXPECT_TRUE(ParseJournal(Text())->answered.Contains(19'968));
}

TEST_F(JournalTest, AfterAFailureAllOfItIsWrittenAgain) {
  const auto journal = Open();
  journal->Add(0);
  ASSERT_TRUE(journal->Commit().ok());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{.rlim_cur = 3, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &tight);
  journal->Add(1);
  const absl::Status append = journal->Commit();
  journal->Add(2);
  const absl::Status rewrite = journal->Commit();
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(append.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(rewrite.ok());
  EXPECT_TRUE(ParseJournal(Text())->answered.Contains(0));
  ASSERT_TRUE(journal->Commit().ok());
  EXPECT_THAT(ParseJournal(Text())->answered.Rows(), ElementsAre(Row{0, 2}));
}

}  // namespace
}  // namespace tideline
