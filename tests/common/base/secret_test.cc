#include "common/base/secret.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

absl::StatusOr<std::string> SecretOf(const std::string& content, fs::perms perms) {
  const std::string path = ::testing::TempDir() + "secret_test";
  std::ofstream(path, std::ios::binary) << content;
  fs::permissions(path, perms);
  absl::StatusOr<std::string> secret = ReadSecret(path);
  fs::remove(path);
  return secret;
}

constexpr fs::perms kOwner = fs::perms::owner_read | fs::perms::owner_write;

TEST(SecretTest, ItIsTheLineWithoutItsEnd) {
  EXPECT_EQ(*SecretOf("correct horse\n", kOwner), "correct horse");
  EXPECT_EQ(*SecretOf("correct horse\r\n", kOwner), "correct horse");
}

TEST(SecretTest, AFileThatOthersMayReadIsRefused) {
  const auto secret = SecretOf("secret\n", kOwner | fs::perms::others_read);
  EXPECT_EQ(secret.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(secret.status().message()), HasSubstr("chmod 600"));
}

TEST(SecretTest, NothingAndMoreThanALineAreNone) {
  EXPECT_FALSE(SecretOf("\n", kOwner).ok());
  EXPECT_FALSE(SecretOf("a\nb\n", kOwner).ok());
  EXPECT_FALSE(SecretOf(std::string(kMaxSecret + 1, 'a'), kOwner).ok());
}

}  // namespace
}  // namespace tideline
