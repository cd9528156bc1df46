#include <atomic>
#include <list>

#include <gmock/gmock.h>

#include "tests/common/web/raw_client.h"

// Clients that ask for too much, too slowly or in a way that is no HTTP.
namespace tideline {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr uint64_t kMaxBody = 100'000;

class Abuse : public ::testing::Test {
 protected:
  static Router Routes() {
    Router router;
    router.Get("/health", {.access = Access::kHealth},
               [](const WebRequest&) { return WebResponse{.body = "{}"}; });
    router.Get("/other", {}, [](const WebRequest&) { return WebResponse{.body = "{}"}; });
    router.Post("/length", {.max_body = kMaxBody, .needs_body = true},
                [](const WebRequest& request) {
                  return WebResponse{.body = std::to_string(request.body.size())};
                });
    return router;
  }
  static WebOptions Options() {
    WebOptions options;
    options.limits.connections = 8;
    options.limits.reserved = 2;
    options.limits.max_body = kMaxBody;
    options.limits.all_bodies = 3 * kMaxBody;
    return options;
  }
  static WebOptions Hasty() {
    WebOptions options = Options();
    options.limits.header_time = absl::Milliseconds(100);
    options.limits.body_time = absl::Milliseconds(100);
    options.limits.slowest = 1'000'000;
    options.limits.idle = absl::Milliseconds(200);
    return options;
  }
  static std::string Chunked(std::string_view chunks) {
    return "POST /length HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" +
           std::string(chunks);
  }
  static void ExpectHealthy(RunningServer& server) {
    RawClient client(server.port());
    EXPECT_EQ(client.Ask(Request("GET", "/health")).status, 200);
  }
};

TEST_F(Abuse, LongTargetOrHeadersAreRefused) {
  RunningServer server(Options(), Routes());
  EXPECT_EQ(RawClient(server.port()).Ask(Request("GET", "/" + std::string(3000, 'a'))).status, 414);
  EXPECT_EQ(RawClient(server.port()).Ask(Request("GET", "/" + std::string(100'000, 'a'))).status,
            414);
  EXPECT_EQ(RawClient(server.port())
                .Ask(Request("GET", "/other", "X: " + std::string(9000, 'a') + "\r\n"))
                .status,
            431);
  std::string many;
  for (int i = 0; i < 5000; ++i) {
    many += "A" + std::to_string(i) + ": b\r\n";
  }
  EXPECT_EQ(RawClient(server.port()).Ask(Request("GET", "/other", many)).status, 431);
  ExpectHealthy(server);
}

TEST_F(Abuse, LongBodyIsRefusedHoweverItComes) {
  RunningServer server(Options(), Routes());
  RawClient fits(server.port());
  EXPECT_EQ(fits.Ask(Request("POST", "/length", "", std::string(kMaxBody, 'x'))).body, "100000");
  RawClient announced(server.port());
  EXPECT_EQ(
      announced.Ask("POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100001\r\n\r\n")
          .status,
      413);
  RawClient sent(server.port());
  EXPECT_EQ(sent.Ask(Request("POST", "/length", "", std::string(5'000'000, 'x'))).status, 413);
  RawClient one_chunk(server.port());
  EXPECT_EQ(one_chunk.Ask(Chunked("7fffffff\r\nx")).status, 413);
  std::string chunks;
  while (chunks.size() < 3 * kMaxBody) {
    chunks += "400\r\n" + std::string(1024, 'x') + "\r\n";
  }
  EXPECT_EQ(RawClient(server.port()).Ask(Chunked(chunks)).status, 413);
  ExpectHealthy(server);
  EXPECT_EQ(server.statistics().body_bytes, 0);
}

TEST_F(Abuse, FloodOfSmallChunksIsBounded) {
  RunningServer server(Options(), Routes());
  std::string chunks;
  for (uint64_t i = 0; i <= kMaxBody; ++i) {
    chunks += "1\r\nx\r\n";
  }
  RawClient small(server.port());
  EXPECT_EQ(small.Ask(Chunked(chunks)).status, 413);
  RawClient extension(server.port());
  EXPECT_THAT(
      extension.Ask(Chunked("1;" + std::string(300'000, 'e') + "\r\nx\r\n0\r\n\r\n")).status,
      AnyOf(400, 413, 431));
  RawClient trailers(server.port());
  std::string many;
  for (int i = 0; i < 20'000; ++i) {
    many += "T" + std::to_string(i) + ": x\r\n";
  }
  EXPECT_THAT(trailers.Ask(Chunked("1\r\nx\r\n0\r\n" + many + "\r\n")).status,
              AnyOf(400, 413, 431));
  ExpectHealthy(server);
}

TEST_F(Abuse, WhatIsNoHttpIsRefused) {
  RunningServer server(Options(), Routes());
  const std::string host = "Host: localhost\r\n";
  for (const std::string& text : std::vector<std::string>{
           std::string("\x16\x03\x01\x02 TLS?\r\n\r\n"), std::string("GET\r\n\r\n"),
           std::string("GET /other\r\n\r\n"), "GET /other HTTP/9.9\r\n" + host + "\r\n",
           "GET /other HTTP/1.1\r\nno colon\r\n\r\n", "GET /other HTTP/1.1\r\nA b: c\r\n\r\n",
           "GET /other HTTP/1.1\r\n : c\r\n\r\n", "GET /../other HTTP/1.1\r\n" + host + "\r\n",
           "GET /%2e%2e/other HTTP/1.1\r\n" + host + "\r\n",
           std::string("GET /other HTTP/1.1\r\n\r\n"),
           "POST /length HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n",
           "POST /length HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
           "POST /length HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\nx",
           "POST /length HTTP/1.1\r\n" + host +
               "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           Chunked("xyz\r\n"), Chunked("fffffffffffffffff\r\nx"),
           Chunked("1\r\nxx\r\n0\r\n\r\n")}) {
    RawClient client(server.port());
    client.Send(text);
    EXPECT_EQ(client.Read().status, 400) << text.substr(0, 200);
  }
  EXPECT_EQ(RawClient(server.port())
                .Ask("POST /length HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n")
                .status,
            501);
  ExpectHealthy(server);
}

TEST_F(Abuse, HalfARequestThatEndsIsNothing) {
  RunningServer server(Options(), Routes());
  const std::string whole = Request("POST", "/length", "", "0123456789");
  for (size_t length = 0; length < whole.size(); ++length) {
    RawClient client(server.port());
    client.Send(whole.substr(0, length));
    client.EndSending();
    EXPECT_EQ(client.ReadAll(), "") << length;
  }
  ExpectHealthy(server);
}

TEST_F(Abuse, SlowHeadersTimeOut) {
  RunningServer server(Hasty(), Routes());
  RawClient silent(server.port());
  EXPECT_EQ(silent.ReadAll(), "");
  RawClient slow(server.port());
  slow.Send("GET /other HTTP/1.1\r\n");
  for (int i = 0; slow.Send("X: y\r\n") && i < 200; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(slow.Read().status, 408);
  ExpectHealthy(server);
}

TEST_F(Abuse, SlowBodiesTimeOut) {
  RunningServer server(Hasty(), Routes());
  RawClient slow(server.port());
  slow.Send("POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\n");
  for (int i = 0; slow.Send("x") && i < 200; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(slow.Read().status, 408);
  ExpectHealthy(server);
}

TEST_F(Abuse, IdleConnectionIsClosed) {
  RunningServer server(Hasty(), Routes());
  RawClient client(server.port());
  EXPECT_EQ(client.Ask(Request("GET", "/other")).status, 200);
  EXPECT_EQ(client.ReadAll(), "");
}

TEST_F(Abuse, HealthIsReachableWhenAllConnectionsAreTaken) {
  RunningServer server(Options(), Routes());
  std::list<RawClient> taken;
  for (int i = 0; i < 8; ++i) {
    taken.emplace_back(server.port()).Send("GET /other HTTP/1.1\r\n");
  }
  while (server.statistics().connections < 8) {
    std::this_thread::yield();
  }
  for (int i = 0; i < 5; ++i) {
    RawClient other(server.port());
    const auto refused = other.Ask(Request("GET", "/other"));
    EXPECT_EQ(refused.status, 503);
    EXPECT_THAT(refused.head, HasSubstr("Retry-After: "));
    RawClient health(server.port());
    EXPECT_EQ(health.Ask(Request("GET", "/health")).status, 200);
  }
  // Those that hang on to the reserve make room for the next one.
  std::list<RawClient> more;
  for (int i = 0; i < 20; ++i) {
    more.emplace_back(server.port()).Send("GET /hea");
    ExpectHealthy(server);
  }
  EXPECT_LE(server.statistics().connections, 10);
}

TEST_F(Abuse, IdleClientsMakeRoomForNewOnes) {
  RunningServer server(Options(), Routes());
  std::list<RawClient> clients;
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(clients.emplace_back(server.port()).Ask(Request("GET", "/other")).status, 200);
  }
  EXPECT_LE(server.statistics().connections, 8);
  EXPECT_EQ(clients.front().ReadAll(), "");
}

TEST_F(Abuse, BodiesOfAllTogetherAreBounded) {
  RunningServer server(Options(), Routes());
  std::list<RawClient> holders;
  const std::string almost(kMaxBody - 1, 'x');
  const std::string begin =
      "POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n";
  for (int i = 0; i < 3; ++i) {
    holders.emplace_back(server.port()).Send(begin + almost);
  }
  while (server.statistics().body_bytes < 3 * (kMaxBody - 1)) {
    std::this_thread::yield();
  }
  RawClient fourth(server.port());
  EXPECT_EQ(fourth.Ask(Request("POST", "/length", "", almost)).status, 503);
  for (RawClient& holder : holders) {
    EXPECT_EQ(holder.Ask("x").body, "100000");
  }
  EXPECT_EQ(server.statistics().body_bytes, 0);
  EXPECT_EQ(RawClient(server.port()).Ask(Request("POST", "/length", "", almost)).body, "99999");
}

TEST_F(Abuse, FiveHundredConnectionsAreServed) {
  WebOptions options = Options();
  options.limits.connections = 512;
  RunningServer server(options, Routes());
  std::list<RawClient> clients;
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(clients.emplace_back(server.port()).connected());
  }
  for (int round = 0; round < 2; ++round) {
    for (RawClient& client : clients) {
      client.Send(Request("GET", "/other"));
    }
    for (RawClient& client : clients) {
      EXPECT_EQ(client.Read().status, 200);
    }
  }
  EXPECT_EQ(server.statistics().connections, 500);
  EXPECT_EQ(server.statistics().refused, 0);
}

}  // namespace
}  // namespace tideline
