#include "common/base/zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/base/zip_builder.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

class ZipTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::vector<ZipEntry>> Read() { return ReadZip(std::as_bytes(std::span(bytes_))); }

  // Expects an error of `code` whose text has `part`.
  void ExpectError(absl::StatusCode code, const std::string& part) {
    const absl::Status status = Read().status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(part));
  }

  ZipBuilder builder_;
  std::string bytes_;
};

std::string Text(const ZipEntry& entry) {
  return {reinterpret_cast<const char*>(entry.bytes.data()), entry.bytes.size()};
}

TEST_F(ZipTest, EntriesComeInOrderWithTheirBytes) {
  bytes_ = builder_.Add("a/one", "first").Add("a/two", "").Add("b", "third").Build();
  const auto entries = Read();
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ((*entries)[0].name, "a/one");
  EXPECT_EQ(Text((*entries)[0]), "first");
  EXPECT_EQ(Text((*entries)[1]), "");
  EXPECT_EQ(Text((*entries)[2]), "third");
}

TEST_F(ZipTest, Zip64FieldsAreRead) {
  bytes_ = builder_.Add({.name = "large", .bytes = "not so large", .zip64 = true}).Build();
  const auto entries = Read();
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ(Text((*entries)[0]), "not so large");
}

TEST_F(ZipTest, EveryTruncationIsAnError) {
  const std::string whole = builder_.Add("a", "first").Add("b", "second").Build();
  for (size_t size = 0; size < whole.size(); ++size) {
    bytes_ = whole.substr(0, size);
    EXPECT_FALSE(Read().ok()) << "with " << size << " of " << whole.size() << " bytes";
  }
}

TEST_F(ZipTest, ACommentBehindTheEndIsSkipped) {
  bytes_ = builder_.Add("a", "first").Build() + "a comment of some length";
  const auto entries = Read();
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ(entries->size(), 1U);
}

TEST_F(ZipTest, CompressedAndEncryptedEntriesAreRefusedByName) {
  bytes_ = ZipBuilder().Add({.name = "small", .bytes = "x", .method = 8}).Build();
  ExpectError(absl::StatusCode::kUnimplemented, "'small' is compressed");
  bytes_ = ZipBuilder().Add({.name = "secret", .bytes = "x", .flags = 1}).Build();
  ExpectError(absl::StatusCode::kUnimplemented, "'secret' is encrypted");
}

TEST_F(ZipTest, ASizeBeyondTheArchiveIsRefused) {
  for (const bool zip64 : {false, true}) {
    bytes_ = ZipBuilder()
                 .Add({.name = "long", .bytes = "x", .zip64 = zip64, .claimed_size = 100'000})
                 .Build();
    ExpectError(absl::StatusCode::kDataLoss, "'long': 100000 bytes");
  }
}

TEST_F(ZipTest, ASizeThatWrapsAroundIsRefused) {
  bytes_ = builder_.Add({.name = "huge", .bytes = "x", .zip64 = true, .claimed_size = INT64_MAX})
               .Build();
  ExpectError(absl::StatusCode::kDataLoss, "'huge'");
}

TEST_F(ZipTest, AnOffsetWithoutALocalHeaderIsRefused) {
  bytes_ = ZipBuilder().Add({.name = "lost", .bytes = "x", .claimed_offset = 7}).Build();
  ExpectError(absl::StatusCode::kDataLoss, "'lost': no local header at 7");
  bytes_ = ZipBuilder()
               .Add({.name = "far", .bytes = "x", .zip64 = true, .claimed_offset = INT64_MAX})
               .Build();
  ExpectError(absl::StatusCode::kDataLoss, "'far': no local header");
}

TEST_F(ZipTest, ANameThatComesTwiceIsRefused) {
  bytes_ = builder_.Add("a", "first").Add("a", "second").Build();
  ExpectError(absl::StatusCode::kDataLoss, "'a' comes twice");
}

TEST_F(ZipTest, OverlappingEntriesAreRefused) {
  bytes_ = builder_.Add("a", "first").Add({.name = "b", .bytes = "x", .claimed_offset = 0}).Build();
  ExpectError(absl::StatusCode::kDataLoss, "overlap");
}

TEST_F(ZipTest, MoreEntriesClaimedThanThereAreIsAnError) {
  bytes_ = builder_.Add("a", "first").ClaimEntries(2).Build();
  ExpectError(absl::StatusCode::kDataLoss, "central directory ends");
}

TEST_F(ZipTest, AnEmptyFileIsNoArchive) { ExpectError(absl::StatusCode::kDataLoss, "not a zip"); }

}  // namespace
}  // namespace tideline
