#include "common/web/server.h"

#include <atomic>

#include <gmock/gmock.h>

#include "tests/common/web/raw_client.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Router Routes(std::vector<Responder>* kept = nullptr) {
  Router router;
  router.Get("/hello", {}, [](const WebRequest&) { return WebResponse{.body = "\"hello\""}; });
  router.Post("/echo", {.max_body = 1 << 20, .needs_body = true},
              [](const WebRequest& request) { return WebResponse{.body = request.body}; });
  router.Post("/length", {.max_body = 64 << 20, .needs_body = true}, [](const WebRequest& request) {
    return WebResponse{.body = std::to_string(request.body.size())};
  });
  router.Get("/large", {},
             [](const WebRequest&) { return WebResponse{.body = std::string(5'000'000, 'x')}; });
  router.Get("/throws", {}, [](const WebRequest&) -> WebResponse { throw std::bad_alloc(); });
  router.Add("GET", "/dropped", {}, [](const WebRequestPtr&, const Responder&) {});
  router.Add("GET", "/later", {}, [](const WebRequestPtr&, const Responder& responder) {
    std::thread([responder] {
      responder({.body = "\"from another thread\""});
      responder({.body = "\"a second answer\""});
    }).detach();
  });
  router.Get("/header", {}, [](const WebRequest&) {
    return WebResponse{.headers = {{"X-Split", "a\r\nX-Injected: b"}, {"X-Good", "c"}}};
  });
  if (kept != nullptr) {
    router.Add("GET", "/kept", {}, [kept](const WebRequestPtr&, const Responder& responder) {
      kept->push_back(responder);
    });
    router.Get("/unwanted", {}, [kept](const WebRequest&) {
      return WebResponse{.body = kept->at(0).IsUnwanted() ? "true" : "false"};
    });
  }
  return router;
}

class Serving : public ::testing::Test {
 protected:
  std::vector<Responder> kept_;
  RunningServer server_{{}, Routes(&kept_)};
  RawClient client_{server_.port()};
};

TEST_F(Serving, AnAnswerIsUnwantedWhenItsClientHasGone) {
  RawClient other(server_.port());
  {
    RawClient asking(server_.port());
    ASSERT_TRUE(asking.Send(Request("GET", "/kept")));
    while (other.Ask(Request("GET", "/unwanted")).status == 500) {  // not come yet
    }
    EXPECT_EQ(other.Ask(Request("GET", "/unwanted")).body, "false");
  }
  while (other.Ask(Request("GET", "/unwanted")).body != "true") {
  }
}

TEST_F(Serving, AnAnswerIsUnwantedOnceItWasGiven) {
  RawClient asking(server_.port());
  ASSERT_TRUE(asking.Send(Request("GET", "/kept")));
  while (client_.Ask(Request("GET", "/unwanted")).status == 500) {
  }
  kept_.at(0)({.body = "\"here\""});
  EXPECT_EQ(asking.Read().body, "\"here\"");
  EXPECT_EQ(client_.Ask(Request("GET", "/unwanted")).body, "true");
}

TEST_F(Serving, ConnectionGoesOnFromRequestToRequest) {
  for (int i = 0; i < 3; ++i) {
    const auto answer = client_.Ask(Request("GET", "/hello"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "\"hello\"");
    EXPECT_THAT(answer.head, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(answer.head, HasSubstr("Date: "));
    EXPECT_THAT(answer.head, Not(HasSubstr("Connection")));
  }
  EXPECT_EQ(server_.statistics().requests, 3);
  EXPECT_EQ(server_.statistics().connections, 1);
}

TEST_F(Serving, PipelinedRequestsAreAnsweredInTheirOrder) {
  std::string all;
  for (int i = 0; i < 100; ++i) {
    all += Request("POST", "/echo", "", std::to_string(i));
  }
  client_.Send(all);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(client_.Read().body, std::to_string(i));
  }
}

TEST_F(Serving, HeadHasTheHeadersOnly) {
  const auto answer = client_.Ask(Request("HEAD", "/hello"), /*has_body=*/false);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.head, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_EQ(client_.Ask(Request("GET", "/hello")).body, "\"hello\"");
}

TEST_F(Serving, ClientThatWantsToCloseIsClosed) {
  client_.Send(Request("GET", "/hello", "Connection: close\r\n"));
  EXPECT_THAT(client_.ReadAll(), HasSubstr("Connection: close\r\n"));
  RawClient old(server_.port());
  old.Send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_THAT(old.ReadAll(), HasSubstr("\"hello\""));
  RawClient old_alive(server_.port());
  for (int i = 0; i < 2; ++i) {
    const auto answer = old_alive.Ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(answer.head, HasSubstr("Connection: keep-alive\r\n"));
  }
}

TEST_F(Serving, BodyComesInChunksOrPieces) {
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(client_.Ask(chunked + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n").body,
            "abcde");
  client_.Send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Le");
  client_.Send("ngth: 6\r\n\r\nab");
  client_.Send("cd");
  EXPECT_EQ(client_.Ask("ef").body, "abcdef");
  EXPECT_EQ(client_.Ask(Request("POST", "/length", "", std::string(20'000'000, 'x'))).body,
            "20000000");
  EXPECT_EQ(server_.statistics().body_bytes, 0);
}

TEST_F(Serving, ContinueIsSaidBeforeTheBodyIsRead) {
  client_.Send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: "
      "3\r\n\r\n");
  EXPECT_EQ(client_.ReadTo("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client_.Ask("abc").body, "abc");
  client_.Send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
      "Content-Length: 99999999\r\n\r\n");
  EXPECT_EQ(client_.Read().status, 413);  // and no 100
}

TEST_F(Serving, LargeAnswerComesWhole) {
  EXPECT_EQ(client_.Ask(Request("GET", "/large")).body, std::string(5'000'000, 'x'));
}

TEST_F(Serving, FailingHandlersAreErrorsAndTheServerGoesOn) {
  EXPECT_EQ(client_.Ask(Request("GET", "/throws")).status, 500);
  const auto dropped = client_.Ask(Request("GET", "/dropped"));
  EXPECT_EQ(dropped.status, 500);
  EXPECT_EQ(dropped.body, R"({"error":"the request was dropped"})");
  EXPECT_EQ(client_.Ask(Request("GET", "/hello")).status, 200);
}

TEST_F(Serving, AnswerComesFromAnyThreadOnce) {
  EXPECT_EQ(client_.Ask(Request("GET", "/later")).body, "\"from another thread\"");
  EXPECT_EQ(client_.Ask(Request("GET", "/hello")).body, "\"hello\"");
}

TEST_F(Serving, AnswerForAClientThatWentIsDropped) {
  {
    RawClient gone(server_.port());
    gone.Send(Request("GET", "/kept"));
    while (server_.statistics().requests == 0) {
      std::this_thread::yield();
    }
  }
  kept_.at(0)({.body = "too late"});
  EXPECT_EQ(client_.Ask(Request("GET", "/hello")).status, 200);
}

TEST_F(Serving, HeaderOfAnAnswerCannotBeSplit) {
  const auto answer = client_.Ask(Request("GET", "/header"));
  EXPECT_THAT(answer.head, Not(HasSubstr("X-Injected")));
  EXPECT_THAT(answer.head, HasSubstr("X-Good: c\r\n"));
}

TEST_F(Serving, ErrorsAreJsonWithTheRightStatus) {
  const auto missing = client_.Ask(Request("GET", "/missing"));
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body, R"({"error":"there is no /missing"})");
  const auto wrong = client_.Ask(Request("GET", "/echo"));
  EXPECT_EQ(wrong.status, 405);
  EXPECT_THAT(wrong.head, HasSubstr("Allow: POST\r\n"));
  EXPECT_EQ(client_.Ask("GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n").status, 403);
  EXPECT_EQ(client_.Ask("POST /echo HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 411);
  EXPECT_EQ(client_.Ask(Request("BREW", "/hello")).status, 501);
}

TEST(WebServerStart, PortIsTakenOnce) {
  boost::asio::io_context io(1);
  const auto first = WebServer::Start(io, {}, Router());
  ASSERT_TRUE(first.ok());
  EXPECT_THAT((*first)->address(), StartsWith("http://127.0.0.1:"));
  const std::string address = (*first)->address();
  const int port = std::atoi(address.c_str() + address.rfind(':') + 1);
  const auto second = WebServer::Start(io, {.port = port}, Router());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("is taken"));
}

TEST(WebServerStart, OthersReachItWithATokenOnly) {
  boost::asio::io_context io(1);
  EXPECT_EQ(WebServer::Start(io, {.address = "0.0.0.0"}, Router()).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(
      WebServer::Start(io, {.address = "0.0.0.0", .token = "0123456789abcdef"}, Router()).ok());
  EXPECT_EQ(WebServer::Start(io, {.address = "example.org"}, Router()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

class Events : public ::testing::Test {
 protected:
  Router MakeRoutes() {
    Router router = Routes();
    router.Stream("/events", {},
                  {.event = "state", .period = absl::Milliseconds(5), .make = [this] {
                     return "{\"n\":" + std::to_string(++made_) + "}" + std::string(padding_, ' ');
                   }});
    return router;
  }
  std::atomic<int> made_ = 0;
  std::atomic<size_t> padding_ = 0;
  RunningServer server_{{.limits = {.listeners = 2}}, MakeRoutes()};
};

TEST_F(Events, ComeOneAfterTheOtherWhileSomebodyListens) {
  {
    RawClient client(server_.port());
    client.Send(Request("GET", "/events"));
    EXPECT_THAT(client.ReadTo("\r\n\r\n"), HasSubstr("Content-Type: text/event-stream\r\n"));
    EXPECT_EQ(client.ReadTo("\n\n"), "retry: 1000\n\n");
    EXPECT_EQ(client.ReadTo("\n\n"), "event: state\ndata: {\"n\":1}\n\n");
    EXPECT_EQ(client.ReadTo("\n\n"), "event: state\ndata: {\"n\":2}\n\n");
    EXPECT_EQ(server_.statistics().listeners, 1);
  }
  while (server_.statistics().connections > 0) {
    std::this_thread::yield();
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const int made = made_;
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(made_, made);  // nobody listens
}

TEST_F(Events, SlowReaderSkipsStates) {
  padding_ = 1'000'000;
  RawClient client(server_.port(), /*receive_buffer=*/4096);
  client.Send(Request("GET", "/events"));
  while (server_.statistics().skipped_events < 10) {
    std::this_thread::yield();
  }
  padding_ = 0;
  client.ReadTo("\n\n");
  int last = 0;
  int gaps = 0;
  for (int i = 0; i < 12; ++i) {
    const std::string event = client.ReadTo("\n\n");
    const int number = std::atoi(event.c_str() + event.find("{\"n\":") + 5);
    ASSERT_GT(number, last);
    gaps += number > last + 1 ? 1 : 0;
    last = number;
  }
  EXPECT_GE(gaps, 1);
}

TEST_F(Events, MoreListenersThanAllowedAreRefused) {
  RawClient one(server_.port());
  RawClient two(server_.port());
  one.Send(Request("GET", "/events"));
  two.Send(Request("GET", "/events"));
  one.ReadTo("data");
  two.ReadTo("data");
  RawClient three(server_.port());
  EXPECT_EQ(three.Ask(Request("GET", "/events")).status, 503);
  RawClient head(server_.port());
  EXPECT_EQ(head.Ask(Request("HEAD", "/events"), /*has_body=*/false).status, 200);
}

}  // namespace
}  // namespace tideline
