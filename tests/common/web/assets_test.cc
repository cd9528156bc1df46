#include "common/web/assets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {

std::span<const Asset> example_assets();

namespace {

using ::testing::Contains;
using ::testing::Pair;

class Assets : public ::testing::Test {
 protected:
  Assets() { AddAssets(router_, example_assets()); }

  WebResponse Get(std::string_view path, std::string if_none_match = "") {
    const Router::Match match = router_.Find("GET", ParseTarget(path).value());
    auto request = std::make_shared<WebRequest>();
    if (!if_none_match.empty()) {
      request->headers.emplace_back("if-none-match", std::move(if_none_match));
    }
    WebResponse response{.status = 404};
    if (match.route != nullptr) {
      EXPECT_EQ(match.route->options.access, Access::kOpen);
      match.route->handler(request, Responder([&](WebResponse made) { response = made; }));
    }
    return response;
  }
  Router router_;
};

TEST_F(Assets, AreServedByteForByteWithTheirType) {
  const WebResponse page = Get("/");
  EXPECT_EQ(page.type, "text/html; charset=utf-8");
  EXPECT_EQ(page.body, "<!doctype html><title>\"Quotes\", \\backslashes; and a ü</title>\n");
  EXPECT_EQ(Get("/index.html").body, page.body);
  EXPECT_EQ(Get("/script.js").type, "text/javascript; charset=utf-8");
  EXPECT_EQ(Get("/script.js").body, "export const a = [1, 2]; // \"x;y\"\n");
  EXPECT_EQ(Get("/other.js").status, 404);
}

TEST_F(Assets, AreNotSentAgainWhileTheyAreTheSame) {
  const std::string etag(example_assets()[0].etag);
  EXPECT_THAT(Get("/").headers, Contains(Pair("ETag", etag)));
  const WebResponse again = Get("/", etag);
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(Get("/", "\"other\", W/" + etag).status, 304);
  EXPECT_EQ(Get("/", "\"other\"").status, 200);
  EXPECT_NE(example_assets()[0].etag, example_assets()[1].etag);
}

TEST_F(Assets, MayLoadNothingFromElsewhere) {
  EXPECT_THAT(Get("/").headers, Contains(Pair("Content-Security-Policy",
                                              ::testing::HasSubstr("default-src 'self'"))));
}

TEST(ContentType, IsKnownByTheEnding) {
  EXPECT_EQ(ContentType("a/b.svg"), "image/svg+xml");
  EXPECT_EQ(ContentType("noending"), "application/octet-stream");
}

}  // namespace
}  // namespace tideline
