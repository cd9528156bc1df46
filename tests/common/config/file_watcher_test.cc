#include "common/config/file_watcher.h"

#include <filesystem>
#include <fstream>
#include <poll.h>

#include <gtest/gtest.h>

#include "common/base/file.h"

namespace tideline {
namespace {

namespace fs = std::filesystem;

class FileWatcherTest : public ::testing::Test {
 protected:
  FileWatcherTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    Write("file.yaml", "one");
    watcher_ = *FileWatcher::Open(PathOf("file.yaml"));
  }
  ~FileWatcherTest() override { fs::remove_all(folder_); }

  std::string PathOf(const std::string& name) const { return folder_ + "/" + name; }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(PathOf(name)) << text;
  }
  bool IsReadable() const {
    pollfd wait = {.fd = watcher_->descriptor(), .events = POLLIN};
    return ::poll(&wait, 1, /*timeout=*/0) == 1;
  }

  const std::string folder_ = ::testing::TempDir() + "file_watcher_test";
  std::unique_ptr<FileWatcher> watcher_;
};

TEST_F(FileWatcherTest, NothingHappenedAtFirst) {
  EXPECT_FALSE(IsReadable());
  EXPECT_FALSE(watcher_->TakeChange());
}

TEST_F(FileWatcherTest, AReplacementByRenameIsSeenOnce) {
  ASSERT_TRUE(WriteFileAtomically(PathOf("file.yaml"), "two").ok());
  EXPECT_TRUE(IsReadable());
  EXPECT_TRUE(watcher_->TakeChange());
  EXPECT_FALSE(IsReadable());
  EXPECT_FALSE(watcher_->TakeChange());
}

TEST_F(FileWatcherTest, AReplacementIsSeenEveryTime) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(WriteFileAtomically(PathOf("file.yaml"), std::to_string(i)).ok());
    EXPECT_TRUE(watcher_->TakeChange()) << i;
  }
}

TEST_F(FileWatcherTest, WritingInPlaceIsSeen) {
  Write("file.yaml", "longer than before");
  EXPECT_TRUE(IsReadable());
  EXPECT_TRUE(watcher_->TakeChange());
}

TEST_F(FileWatcherTest, AnotherFileIsNoChange) {
  Write("other.yaml", "x");
  EXPECT_FALSE(watcher_->TakeChange());
}

TEST_F(FileWatcherTest, AFileThatGoesIsNoChangeButItsReturnIs) {
  fs::rename(PathOf("file.yaml"), PathOf("away"));
  EXPECT_FALSE(watcher_->TakeChange());
  Write("file.yaml", "back again");
  EXPECT_TRUE(watcher_->TakeChange());
}

TEST_F(FileWatcherTest, AFolderBehindASymbolicLinkCanBeSwapped) {
  for (const char* version : {"v1", "v2"}) {
    fs::create_directories(PathOf(version));
    Write(std::string(version) + "/linked.yaml", version);
  }
  fs::create_directory_symlink("v1", PathOf("data"));
  fs::create_symlink("data/linked.yaml", PathOf("linked.yaml"));
  watcher_ = *FileWatcher::Open(PathOf("linked.yaml"));
  fs::create_directory_symlink("v2", PathOf("data.new"));
  fs::rename(PathOf("data.new"), PathOf("data"));
  EXPECT_TRUE(IsReadable());
  EXPECT_TRUE(watcher_->TakeChange());
}

TEST_F(FileWatcherTest, AFolderThatIsNotThereIsAnError) {
  EXPECT_EQ(FileWatcher::Open(PathOf("absent/file.yaml")).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tideline
