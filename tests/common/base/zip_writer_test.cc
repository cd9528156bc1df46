#include "common/base/zip_writer.h"

#include <gtest/gtest.h>

#include "common/base/hash.h"
#include "common/base/zip.h"

namespace tideline {
namespace {

std::span<const std::byte> AsBytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(ZipWriterTest, EntriesComeBackInOrderWithTheirChecksums) {
  ZipWriter writer;
  ASSERT_TRUE(writer.Add("a/first", AsBytes("one")).ok());
  ASSERT_TRUE(writer.Add("empty", {}).ok());
  ASSERT_TRUE(writer.Add("b", AsBytes(std::string(1000, 'x'))).ok());
  const std::string archive = writer.Finish();
  const auto entries = ReadZip(AsBytes(archive));
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ((*entries)[0].name, "a/first");
  EXPECT_EQ(Text((*entries)[0].bytes), "one");
  EXPECT_EQ((*entries)[1].bytes.size(), 0U);
  EXPECT_EQ(Text((*entries)[2].bytes), std::string(1000, 'x'));
  for (const ZipEntry& entry : *entries) {
    EXPECT_EQ(entry.crc32, Crc32(entry.bytes)) << entry.name;
  }
}

TEST(ZipWriterTest, EveryEntryBeginsAtAMultipleOf64) {
  ZipWriter writer;
  for (size_t size : {1, 63, 64, 65, 200}) {
    ASSERT_TRUE(writer.Add(std::string(size, 'n'), AsBytes(std::string(size, 'x'))).ok());
  }
  const std::string archive = writer.Finish();
  const auto entries = ReadZip(AsBytes(archive));
  ASSERT_TRUE(entries.ok()) << entries.status();
  for (const ZipEntry& entry : *entries) {
    const auto offset = entry.bytes.data() - reinterpret_cast<const std::byte*>(archive.data());
    EXPECT_EQ(offset % 64, 0) << entry.name.size();
  }
}

TEST(ZipWriterTest, AFinishedWriterStartsAnew) {
  ZipWriter writer;
  ASSERT_TRUE(writer.Add("a", AsBytes("one")).ok());
  writer.Finish();
  ASSERT_TRUE(writer.Add("b", AsBytes("two")).ok());
  const std::string archive = writer.Finish();
  const auto entries = ReadZip(AsBytes(archive));
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 1U);
  EXPECT_EQ((*entries)[0].name, "b");
}

TEST(ZipWriterTest, ANameThatIsTooLongIsRefused) {
  ZipWriter writer;
  EXPECT_EQ(writer.Add(std::string(5000, 'n'), {}).code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace tideline
