#include "edge/control/results.h"

#include <future>
#include <thread>

#include "boost/asio/post.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/common/web/raw_client.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

Json Numbers(const std::vector<int>& numbers) { return numbers; }

// A store of four records behind a server on a thread of its own.
class ResultPollsTest : public ::testing::Test {
 protected:
  ResultPollsTest() {
    Router router;
    polls_->AddRoutes(router);
    server_ = *WebServer::Start(io_, {}, std::move(router));
    const std::string address = server_->address();
    port_ = std::atoi(address.c_str() + address.rfind(':') + 1);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~ResultPollsTest() override {
    io_.stop();
    thread_.join();
  }

  RawClient Client() const { return RawClient(port_); }
  RawClient::Answer Ask(const std::string& query) const {
    return RawClient(port_).Ask(Request("GET", "/api/v1/results" + query));
  }
  Json Results(const std::string& query) const { return Json::parse(Ask(query).body); }
  std::string Place(int number) const { return store_.id() + "-" + std::to_string(number); }
  // Lets the I/O thread do all that it has got.
  void OnLoop(const std::function<void()>& function) {
    std::promise<void> done;
    boost::asio::post(io_, [&] {
      function();
      done.set_value();
    });
    done.get_future().wait();
  }

  boost::asio::io_context io_{1};
  ResultStore store_{/*records=*/4, /*bytes=*/1 << 20};
  std::unique_ptr<ResultPolls> polls_ = std::make_unique<ResultPolls>(io_, store_);
  std::unique_ptr<WebServer> server_;
  int port_ = 0;
  std::thread thread_;
};

TEST_F(ResultPollsTest, ReadsOnFromWhereItWas) {
  for (const char* line : {"1", "2", "3"}) {
    store_.Add(line);
  }
  const Json first = Results("?after=0&limit=2");
  EXPECT_EQ(first["results"], Numbers({1, 2}));
  EXPECT_EQ(first["dropped"], 0);
  EXPECT_EQ(first["more"], true);
  const Json second = Results("?after=" + first["next"].get<std::string>());
  EXPECT_EQ(second["results"], Numbers({3}));
  EXPECT_EQ(second["next"], Place(3));
  EXPECT_EQ(second["more"], false);
  EXPECT_EQ(Results("?after=" + Place(3))["results"], Json::array());
}

TEST_F(ResultPollsTest, WithoutAPlaceItGivesTheNewest) {
  EXPECT_EQ(Results("")["results"], Json::array());
  for (int i = 1; i <= 9; ++i) {
    store_.Add(std::to_string(i));
  }
  EXPECT_EQ(Results("?limit=2")["results"], Numbers({8, 9}));
  EXPECT_EQ(Results("")["results"], Numbers({6, 7, 8, 9}));
  EXPECT_EQ(Results("")["dropped"], 0);
}

TEST_F(ResultPollsTest, ASlowReaderIsToldWhatItHasMissed) {
  for (int i = 1; i <= 9; ++i) {
    store_.Add(std::to_string(i));
  }
  const Json late = Results("?after=" + Place(2));
  EXPECT_EQ(late["dropped"], 3);
  EXPECT_EQ(late["results"], Numbers({6, 7, 8, 9}));
}

TEST_F(ResultPollsTest, AnEdgeThatWasStartedAgainSaysThatItDoesNotKnow) {
  store_.Add("1");
  const Json other = Results("?wait=1m&after=0123-77");
  EXPECT_TRUE(other["dropped"].is_null());
  EXPECT_EQ(other["results"], Numbers({1}));
  EXPECT_EQ(other["next"], Place(1));
}

TEST_F(ResultPollsTest, WhoWaitsIsAnsweredByTheNextResult) {
  store_.Add("1");
  RawClient waiting = Client();
  waiting.Send(Request("GET", "/api/v1/results?wait=1m&after=" + Place(1)));
  RawClient another = Client();
  another.Send(Request("GET", "/api/v1/results?wait=1m&after=" + Place(1)));
  EXPECT_EQ(Results("?after=0&wait=1m")["results"], Numbers({1}));  // has news, does not wait
  store_.Add("2");
  EXPECT_EQ(Json::parse(waiting.Read().body)["results"], Numbers({2}));
  EXPECT_EQ(Json::parse(another.Read().body)["results"], Numbers({2}));
}

TEST_F(ResultPollsTest, WhoWaitsInVainIsAnsweredWithNothing) {
  const Json nothing = Results("?wait=1ms&after=0");
  EXPECT_EQ(nothing["results"], Json::array());
  EXPECT_EQ(nothing["next"], Place(0));
}

TEST_F(ResultPollsTest, OnlySoManyMayWait) {
  std::vector<std::unique_ptr<RawClient>> waiting;
  for (size_t i = 0; i < kMostResultWaiters; ++i) {
    waiting.push_back(std::make_unique<RawClient>(port_));
    waiting.back()->Send(Request("GET", "/api/v1/results?wait=1m"));
  }
  for (uint64_t requests = 0; requests < kMostResultWaiters;) {
    OnLoop([&] { requests = server_->statistics().requests; });
  }
  const RawClient::Answer refused = Ask("?wait=1m");
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.head, HasSubstr("Retry-After"));
  EXPECT_EQ(Ask("").status, 200);  // does not wait
  store_.Add("1");
  for (const auto& client : waiting) {
    EXPECT_EQ(Json::parse(client->Read().body)["results"], Numbers({1}));
  }
}

TEST_F(ResultPollsTest, AtTheEndNobodyWaits) {
  RawClient waiting = Client();
  waiting.Send(Request("GET", "/api/v1/results?wait=1m"));
  OnLoop([&] { polls_->End(); });
  EXPECT_EQ(Json::parse(waiting.Read().body)["results"], Json::array());
  EXPECT_EQ(Results("?wait=1m")["results"], Json::array());
}

TEST_F(ResultPollsTest, WhatMakesNoSenseIsRefused) {
  for (const char* query :
       {"?limit=0", "?limit=1001", "?limit=x", "?wait=61s", "?wait=-1s", "?wait=10",
        "?after=", "?after=7", "?after=x-", "?after=x-1x", "?after=-", "?after=x--1", "?before=1",
        "?after=x-99999999999999999999"}) {
    const RawClient::Answer answer = Ask(query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_THAT(answer.body, HasSubstr("error")) << query;
  }
  EXPECT_EQ(RawClient(port_).Ask(Request("POST", "/api/v1/results")).status, 405);
}

}  // namespace
}  // namespace tideline
