#include <chrono>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "common/engine/openvino/disk_cache.h"

namespace tideline::openvino {
namespace {

namespace fs = std::filesystem;

class DiskCacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  DiskCache Open(uint64_t limit) const { return *DiskCache::Open(folder_ / "cache", limit); }

  static absl::Status Put(const DiskCache& cache, const std::string& key, size_t bytes) {
    return cache.Store(key, [&](std::ostream& out) { out << std::string(bytes, key[0]); });
  }
  static bool Has(const DiskCache& cache, const std::string& key) {
    return cache.Load(key).has_value();
  }
  std::vector<fs::path> Files() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder_ / "cache")) {
      files.push_back(entry.path());
    }
    return files;
  }
  // Makes everything there look a minute older.
  void Age() const {
    for (const fs::path& file : Files()) {
      fs::last_write_time(file, fs::last_write_time(file) - std::chrono::minutes(1));
    }
  }

  fs::path folder_;
};

TEST_F(DiskCacheTest, WhatWasStoredComesBack) {
  const DiskCache cache = Open(1000);
  ASSERT_TRUE(Put(cache, "a", 10).ok());
  const auto entry = Open(1000).Load("a");
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(entry->bytes.data()), entry->bytes.size()),
            std::string(10, 'a'));
  EXPECT_FALSE(Has(cache, "b"));
}

TEST_F(DiskCacheTest, TheOneUsedLongestAgoMakesRoom) {
  const DiskCache cache = Open(400);
  for (const std::string key : {"a", "b"}) {
    ASSERT_TRUE(Put(cache, key, 100).ok());
    Age();
  }
  ASSERT_TRUE(Has(cache, "a"));  // and so a is the newer one
  Age();
  ASSERT_TRUE(Put(cache, "c", 100).ok());
  ASSERT_TRUE(Put(cache, "d", 100).ok());
  EXPECT_FALSE(Has(cache, "b"));
  EXPECT_TRUE(Has(cache, "d"));
  EXPECT_LE(cache.Size(), 400U);
}

TEST_F(DiskCacheTest, WhatIsLargerThanTheLimitIsNotKept) {
  const DiskCache cache = Open(100);
  EXPECT_EQ(Put(cache, "a", 200).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Files().empty()) << "and leaves no draft";
}

TEST_F(DiskCacheTest, ADamagedFileIsNone) {
  const DiskCache cache = Open(1000);
  ASSERT_TRUE(Put(cache, "a", 100).ok());
  std::fstream(Files()[0], std::ios::in | std::ios::out | std::ios::binary).seekp(50).put('x');
  EXPECT_FALSE(Has(cache, "a"));
}

TEST_F(DiskCacheTest, HalfAFileIsNone) {
  const DiskCache cache = Open(1000);
  ASSERT_TRUE(Put(cache, "a", 100).ok());
  for (const uintmax_t bytes : {uintmax_t{110}, uintmax_t{60}, uintmax_t{3}, uintmax_t{0}}) {
    fs::resize_file(Files()[0], bytes);
    EXPECT_FALSE(Has(cache, "a")) << bytes;
  }
}

TEST_F(DiskCacheTest, AFolderThatCannotBeMadeIsRefused) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "cache") << "a file";
  const absl::Status status = DiskCache::Open(folder_ / "cache", 1000).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tideline::openvino
