#include "common/web/get.h"

#include <future>
#include <thread>

#include "boost/asio/post.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/web/server.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

TEST(WebUrlTest, AnAddressHasAHostMaybeAPortAndAPath) {
  const auto whole = ParseWebUrl("http://cam.example:8000/api/v1/trace");
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->host, "cam.example");
  EXPECT_EQ(whole->port, "8000");
  EXPECT_EQ(whole->path, "/api/v1/trace");
  EXPECT_EQ(ParseWebUrl("http://cam")->port, "80");
  EXPECT_EQ(ParseWebUrl("http://cam")->path, "");
  EXPECT_EQ(ParseWebUrl("http://[::1]:8000")->host, "[::1]");
  EXPECT_EQ(ParseWebUrl("http://[::1]:8000")->port, "8000");
  for (const char* url : {"", "cam:8000", "https://cam", "http://", "http://:80",
                          "http://cam:", "http://cam:x", "http://cam:123456", "http://cam /"}) {
    EXPECT_EQ(ParseWebUrl(url).status().code(), absl::StatusCode::kInvalidArgument) << url;
  }
}

class WebGetTest : public testing::Test {
 protected:
  void Start(const std::string& token = "") {
    Router router;
    router.Get("/text", {}, [](const WebRequest&) { return WebResponse{.body = "hello"}; });
    server_ = *WebServer::Start(io_, {.token = token}, std::move(router));
    loop_ = std::thread([this] { io_.run(); });
  }
  void TearDown() override {
    io_.stop();
    if (loop_.joinable()) {
      loop_.join();
    }
  }

  absl::StatusOr<std::string> Get(const std::string& path, const WebGetOptions& options = {}) {
    return WebGet(*ParseWebUrl(server_->address() + path), options);
  }

  boost::asio::io_context io_{1};
  std::unique_ptr<WebServer> server_;
  std::thread loop_;
};

TEST_F(WebGetTest, ABodyIsFetched) {
  Start();
  EXPECT_EQ(*Get("/text"), "hello");
  EXPECT_EQ(Get("/nothing").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Get("/text", {.max_body = 3}).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(WebGetTest, ATokenIsSent) {
  const std::string token = "a-token-of-some-length";
  Start(token);
  EXPECT_EQ(*Get("/text", {.token = token}), "hello");
  EXPECT_EQ(Get("/text").status().code(), absl::StatusCode::kPermissionDenied);
}

// What makes /v2/health/live true: it is answered by the loop that it speaks of.
TEST_F(WebGetTest, AServerWhoseLoopStandsStillDoesNotAnswer) {
  Start();
  ASSERT_TRUE(Get("/text").ok());
  std::promise<void> go_on;
  boost::asio::post(io_, [stopped = go_on.get_future().share()] { stopped.wait(); });
  EXPECT_FALSE(Get("/text", {.limit = absl::Milliseconds(200)}).ok());
  go_on.set_value();
  EXPECT_EQ(*Get("/text"), "hello");
}

TEST_F(WebGetTest, NobodyThereIsUnavailable) {
  Start();
  const std::string address = server_->address();
  server_.reset();
  io_.stop();
  loop_.join();
  io_.restart();
  io_.poll();
  const auto got = WebGet(*ParseWebUrl(address), {.limit = absl::Seconds(5)});
  EXPECT_FALSE(got.ok());
  EXPECT_THAT(std::string(got.status().message()), HasSubstr(address));
}

}  // namespace
}  // namespace tideline
