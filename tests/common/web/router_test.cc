#include "common/web/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

class Routes : public ::testing::Test {
 protected:
  Routes() {
    const auto nothing = [](const WebRequest&) { return WebResponse(); };
    router_.Get("/", {}, nothing);
    router_.Get("/v2/models/{m}", {}, nothing);
    router_.Get("/v2/models/{m}/ready", {}, nothing);
    router_.Post("/v2/models/{m}/infer", {}, nothing);
    router_.Get("/v2/models/{m}/infer", {}, nothing);
  }
  Router::Match Find(std::string_view method, std::string_view path) {
    return router_.Find(method, ParseTarget(path).value());
  }
  Router router_;
};

TEST_F(Routes, PatternTakesOneSegment) {
  const Router::Match match = Find("GET", "/v2/models/cats%20dogs/ready");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.parameters.at("m"), "cats dogs");
  EXPECT_EQ(match.route->pattern.back(), "ready");
  EXPECT_NE(Find("GET", "/v2/models/x").route, nullptr);
  EXPECT_NE(Find("GET", "/").route, nullptr);
}

TEST_F(Routes, UnknownPathHasNoMethods) {
  for (const std::string_view path : {"/v2/models", "/v2/models/", "/v2/models//ready", "//",
                                      "/v2/models/x/ready/", "/V2/models/x", "/v2/models/x/y/z"}) {
    const Router::Match match = Find("GET", path);
    EXPECT_EQ(match.route, nullptr) << path;
    EXPECT_EQ(match.allow, "") << path;
  }
}

TEST_F(Routes, WrongMethodIsToldTheRightOnes) {
  const Router::Match match = Find("DELETE", "/v2/models/x/infer");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allow, "POST, GET, HEAD");
  EXPECT_EQ(Find("POST", "/v2/models/x/infer").route->method, "POST");
  EXPECT_EQ(Find("GET", "/v2/models/x/infer").route->method, "GET");
}

}  // namespace
}  // namespace tideline
