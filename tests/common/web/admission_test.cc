#include "common/web/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kToken = "0123456789abcdef";

class Admitting : public ::testing::Test {
 protected:
  Admitting() {
    const auto nothing = [](const WebRequest&) { return WebResponse(); };
    router_.Get("/health", {.access = Access::kHealth}, nothing);
    router_.Get("/page", {.access = Access::kOpen}, nothing);
    router_.Get("/status", {}, nothing);
    router_.Post("/infer", {.max_body = 1000, .needs_body = true}, nothing);
    router_.Post("/pause", {.max_body = 10}, nothing);
  }

  // 0: admitted.
  int StatusOf(RequestHead head, Headers headers = {{"host", "localhost"}}) {
    head.hosts = 0;
    for (const auto& [name, value] : headers) {
      head.hosts += name == "host" ? 1 : 0;
      head.transfer_encodings += name == "transfer-encoding" ? 1 : 0;
    }
    request_ = {.headers = std::move(headers)};
    const auto result = Admit(head, router_, rules_, request_);
    response_ = std::get_if<WebResponse>(&result) != nullptr ? std::get<WebResponse>(result)
                                                             : WebResponse();
    if (const auto* admission = std::get_if<Admission>(&result)) {
      admission_ = *admission;
      return 0;
    }
    return response_.status;
  }
  int Get(const std::string& target, Headers headers = {{"host", "localhost"}}) {
    return StatusOf({.method = "GET", .target = target}, std::move(headers));
  }
  int Post(const std::string& target, Headers more = {}) {
    more.emplace_back("host", "localhost:8000");
    return StatusOf({.method = "POST", .target = target, .content_length = 5}, std::move(more));
  }

  Router router_;
  AdmissionRules rules_{.bound = "127.0.0.1", .max_body = 500};
  WebRequest request_;
  WebResponse response_;
  Admission admission_;
};

TEST_F(Admitting, RouteIsFoundAndHeadIsAGet) {
  EXPECT_EQ(Get("/status?a=1"), 0);
  EXPECT_EQ(request_.query, "a=1");
  EXPECT_EQ(StatusOf({.method = "HEAD", .target = "/status"}), 0);
  EXPECT_EQ(request_.method, "GET");
  EXPECT_EQ(Get("/nothing"), 404);
  EXPECT_EQ(Get("/a/../status"), 400);
  EXPECT_EQ(Get("/" + std::string(kMaxTarget, 'a')), 414);
}

TEST_F(Admitting, MethodIsKnownAndAllowed) {
  EXPECT_EQ(StatusOf({.method = "POST", .target = "/status", .content_length = 0}), 405);
  EXPECT_THAT(response_.headers, ::testing::Contains(::testing::Pair("Allow", "GET, HEAD")));
  EXPECT_EQ(StatusOf({.method = "OPTIONS", .target = "/status"}), 405);
  for (const char* method : {"BREW", "TRACE", "CONNECT", "get", ""}) {
    EXPECT_EQ(StatusOf({.method = method, .target = "/status"}), 501) << method;
  }
}

TEST_F(Admitting, HostIsThisMachineOnLoopbackOnly) {
  EXPECT_EQ(Get("/status", {{"host", "evil.example"}}), 403);
  EXPECT_EQ(Get("/status", {}), 400);
  EXPECT_EQ(Get("/status", {{"host", "localhost"}, {"host", "localhost"}}), 400);
  EXPECT_EQ(StatusOf({.method = "GET", .target = "/status", .version = 10}, {}), 0);
  EXPECT_EQ(Get("http://evil.example/status"), 403);
  EXPECT_EQ(Get("http://localhost/status", {{"host", "evil.example"}}), 0);
  rules_.loopback = false;
  EXPECT_EQ(Get("/status", {{"host", "tide.example"}}), 0);
}

TEST_F(Admitting, PagesOfOthersMayNotChangeAnything) {
  EXPECT_EQ(Post("/pause"), 0);
  EXPECT_EQ(Post("/pause", {{"origin", "http://localhost:8000"}}), 0);
  EXPECT_EQ(Post("/pause", {{"origin", "http://evil.example"}}), 403);
  EXPECT_EQ(Post("/pause", {{"origin", "http://localhost:9000"}}), 403);
  EXPECT_EQ(Post("/pause", {{"origin", "null"}}), 403);
  EXPECT_EQ(Post("/pause", {{"sec-fetch-site", "cross-site"}}), 403);
  EXPECT_EQ(Get("/status", {{"host", "localhost"}, {"origin", "http://evil.example"}}), 0);
}

TEST_F(Admitting, TokenOpensAllButTheOpenRoutes) {
  rules_.token = kToken;
  const auto with = [](std::string_view token) {
    return Headers{{"host", "localhost"}, {"authorization", "Bearer " + std::string(token)}};
  };
  EXPECT_EQ(Get("/health"), 0);
  EXPECT_EQ(Get("/page"), 0);
  EXPECT_EQ(Get("/status"), 401);
  EXPECT_THAT(response_.headers,
              ::testing::Contains(::testing::Pair("WWW-Authenticate", "Bearer")));
  EXPECT_EQ(Get("/status", with("0123456789abcdeF")), 401);
  EXPECT_EQ(Get("/status", with(kToken)), 0);
  EXPECT_TRUE(request_.has_token);
  EXPECT_EQ(request_.Who(), "token");
}

TEST_F(Admitting, BodyIsWithinTheLimitsOfRouteAndServer) {
  const auto post = [this](const std::string& target, std::optional<uint64_t> length) {
    return StatusOf({.method = "POST", .target = target, .content_length = length});
  };
  EXPECT_EQ(post("/infer", 500), 0);
  EXPECT_EQ(admission_.max_body, 500);
  EXPECT_EQ(post("/infer", 501), 413);
  EXPECT_EQ(post("/infer", UINT64_MAX), 413);
  EXPECT_EQ(post("/infer", std::nullopt), 411);
  EXPECT_EQ(post("/pause", std::nullopt), 0);
  EXPECT_EQ(post("/pause", 11), 413);
  EXPECT_EQ(StatusOf({.method = "POST", .target = "/infer", .chunked = true}), 0);
  EXPECT_EQ(StatusOf({.method = "GET", .target = "/status", .content_length = 1}), 413);
  EXPECT_EQ(StatusOf({.method = "GET", .target = "/status", .chunked = true}), 413);
}

TEST_F(Admitting, EncodingsThatAreNotUnderstoodAreRefused) {
  EXPECT_EQ(Post("/pause", {{"transfer-encoding", "gzip, chunked"}}), 501);
  EXPECT_EQ(Post("/pause", {{"transfer-encoding", "chunked"}, {"transfer-encoding", "chunked"}}),
            501);
  EXPECT_EQ(Post("/pause", {{"content-encoding", "gzip"}}), 415);
  EXPECT_EQ(Post("/pause", {{"content-encoding", "identity"}}), 0);
  EXPECT_EQ(Post("/pause", {{"expect", "the-unexpected"}}), 417);
  EXPECT_EQ(Post("/pause", {{"expect", "100-Continue"}}), 0);
  EXPECT_TRUE(admission_.wants_continue);
}

}  // namespace
}  // namespace tideline
