#include "common/config/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::HasSubstr;

constexpr char kToken[] = "0123456789abcdef";

struct Sample {
  HttpConfig http;
};

absl::Status Load(Settings settings) {
  FieldList<Sample> list;
  AddHttpFields(list, &Sample::http);
  list.Check(
      [](const Sample& sample, const Origins& origins) { return CheckHttp(sample.http, origins); });
  return LoadConfig(list, settings).status();
}

TEST(HttpConfigTest, OthersNeedATokenFromOneOfTwoPlaces) {
  const std::map<std::string, std::string> open = {{"http-address", "0.0.0.0"}};
  EXPECT_THAT(std::string(Load({.flags = open}).message()), HasSubstr("TIDELINE_HTTP_TOKEN"));
  EXPECT_TRUE(Load({.environment = {{"TIDELINE_HTTP_TOKEN", kToken}}, .flags = open}).ok());
  auto both = open;
  both["http-token-file"] = "token";
  EXPECT_TRUE(Load({.flags = both}).ok());
  const absl::Status twice =
      Load({.environment = {{"TIDELINE_HTTP_TOKEN", kToken}}, .flags = both});
  EXPECT_EQ(twice.message(),
            "TIDELINE_HTTP_TOKEN: http.token: and --http-token-file: http.token_file: there is one "
            "token; give it in one place");
}

TEST(HttpConfigTest, AWeakTokenIsRefusedAndNotRepeated) {
  for (const char* token : {"", "secretive", "0123456789 abcdef", "0123456789abcdef\n"}) {
    const absl::Status status = Load({.environment = {{"TIDELINE_HTTP_TOKEN", token}}});
    EXPECT_EQ(status.message(),
              "TIDELINE_HTTP_TOKEN: http.token: a token has 16 to 512 letters without blanks; make "
              "one with 'openssl rand -hex 16'");
  }
  EXPECT_FALSE(CheckToken(std::string(kMaxToken + 1, 'a')).ok());
  EXPECT_TRUE(CheckToken(std::string(kMaxToken, 'a')).ok());
}

}  // namespace
}  // namespace tideline
