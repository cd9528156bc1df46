#include "common/web/guard.h"

#include <fstream>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::HasSubstr;

class TokenFile : public ::testing::Test {
 protected:
  absl::StatusOr<std::string> Read(const std::string& content, mode_t mode = 0600) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << content;
    ::chmod(path_.c_str(), mode);
    return ReadToken(path_);
  }
  const std::string path_ = ::testing::TempDir() + "/guard_test_token";
};

TEST_F(TokenFile, IsTheLineWithoutItsEnd) {
  EXPECT_EQ(Read("0123456789abcdef\n").value(), "0123456789abcdef");
  EXPECT_EQ(Read("0123456789abcdef\r\n").value(), "0123456789abcdef");
  EXPECT_EQ(Read("0123456789abcdef").value(), "0123456789abcdef");
}

TEST_F(TokenFile, IsRefusedWhereItIsWeakOrReadableForOthers) {
  EXPECT_EQ(Read("short\n").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Read("0123456789 abcdef").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Read("0123456789abcdef\nsecond").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Read(std::string(513, 'a')).ok());
  const absl::Status open = Read("0123456789abcdef", 0644).status();
  EXPECT_EQ(open.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(open.message()), HasSubstr("chmod 600"));
  EXPECT_EQ(ReadToken("/nowhere/token").status().code(), absl::StatusCode::kNotFound);
}

TEST(Guard, TokenIsTheWholeTextAfterBearer) {
  const std::string token = "0123456789abcdef";
  EXPECT_TRUE(HasToken("Bearer " + token, token));
  EXPECT_TRUE(HasToken("bearer " + token, token));
  EXPECT_FALSE(HasToken("Bearer " + token + " ", token));
  EXPECT_FALSE(HasToken("Bearer 0123456789abcde", token));
  EXPECT_FALSE(HasToken("Bearer ", token));
  EXPECT_FALSE(HasToken("Basic " + token, token));
  EXPECT_FALSE(HasToken(token, token));
  EXPECT_FALSE(HasToken("", token));
}

TEST(Guard, OwnHostsAreThisMachineAndTheBoundAddress) {
  for (const std::string_view host : {"localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:1",
                                      "[::1]:8000", "[::1]", "127.0.0.2:8000"}) {
    EXPECT_TRUE(IsOwnHost(host, "127.0.0.2")) << host;
  }
  for (const std::string_view host :
       {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8000", "127.0.0.3",
        "localhost:", "localhost:80000000", "localhost:8000x", "", ":8000", "[::1", "[::1]x",
        "user@localhost"}) {
    EXPECT_FALSE(IsOwnHost(host, "127.0.0.2")) << host;
  }
}

TEST(Guard, OwnOriginIsTheHostThatWasAskedFor) {
  EXPECT_TRUE(IsOwnOrigin("http://localhost:8000", "localhost:8000"));
  EXPECT_TRUE(IsOwnOrigin("https://tide.example", "tide.example"));
  EXPECT_FALSE(IsOwnOrigin("http://localhost:9000", "localhost:8000"));
  EXPECT_FALSE(IsOwnOrigin("http://evil.example", "localhost:8000"));
  EXPECT_FALSE(IsOwnOrigin("null", "localhost:8000"));
  EXPECT_FALSE(IsOwnOrigin("http://", ""));
}

}  // namespace
}  // namespace tideline
