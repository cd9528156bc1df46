#include "common/base/memory.h"

#include <algorithm>
#include <fstream>
#include <span>
#include <string>

#include <gtest/gtest.h>

#include "common/base/file.h"

namespace tideline {
namespace {

TEST(ReleasePages, KeepsTheContentOfFilesAndMemory) {
  const std::string path = ::testing::TempDir() + "release_pages";
  std::string text;
  for (int i = 0; i < 100000; ++i) {
    text += static_cast<char>('a' + i % 26);
  }
  std::ofstream(path) << text;
  const auto file = *MappedFile::Open(path);
  for (const auto bytes : {file->bytes(), std::as_bytes(std::span(text))}) {
    ReleasePages(bytes.subspan(7));
    EXPECT_TRUE(std::ranges::equal(bytes, file->bytes()));
  }
  EXPECT_EQ(text, std::string(reinterpret_cast<const char*>(file->bytes().data()), text.size()));
  ReleasePages({});
  ReleasePages(file->bytes().first(1));
}

}  // namespace
}  // namespace tideline
