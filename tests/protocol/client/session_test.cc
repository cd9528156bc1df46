#include "protocol/client/session.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/transport/faulty.h"
#include "protocol/transport/loopback.h"
#include "protocol/transport/shaping.h"
#include "tests/protocol/client/echo_cloud.h"

namespace tideline {
namespace {

using testing::HasSubstr;

std::string Pattern(size_t size, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string text(size, '\0');
  for (char& c : text) {
    c = static_cast<char>(random() & 0xff);
  }
  return text;
}

std::string Text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.view.data()), bytes.view.size()};
}

Submission Make(std::string content, absl::Duration budget = absl::InfiniteDuration()) {
  Submission submission;
  submission.cut = "features.3";
  submission.tensors = {{.dtype = DType::kUInt8,
                         .shape = {static_cast<int64_t>(content.size())},
                         .strides = {1},
                         .codec = {Quantizer::kFp32, Level::kStored},
                         .encoded_bytes = content.size()}};
  submission.encoded = {Bytes::Own(std::move(content))};
  submission.budget = budget;
  return submission;
}

wire::ModelIdentity Model(const char* name) { return {.name = name, .version = 1}; }

class SessionTest : public testing::Test {
 protected:
  using Decorate = std::function<std::unique_ptr<Transport>(std::unique_ptr<Transport>)>;

  void StartCloud() { cloud_ = std::make_unique<EchoCloud>(hub_.MakeServer()); }

  void StartSession(const Decorate& decorate = nullptr) {
    std::unique_ptr<Transport> transport = hub_.MakeClient("edge-1");
    if (decorate) {
      transport = decorate(std::move(transport));
    }
    session_ = MakeSession(io_, std::move(transport), options_);
  }

  void Connect() {
    StartCloud();
    StartSession();
    ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  }

  // Runs the loop until it is so; false after far longer than anything here takes.
  bool RunUntil(const std::function<bool()>& done) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(40);
    while (!done()) {
      if (std::chrono::steady_clock::now() > limit) {
        return false;
      }
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(20));
    }
    return true;
  }

  // Submits and waits for the answer.
  absl::StatusOr<Reply> Ask(Submission submission) {
    std::optional<absl::StatusOr<Reply>> answer;
    session_->Submit(std::move(submission),
                     [&](absl::StatusOr<Reply> reply) { answer = std::move(reply); });
    EXPECT_FALSE(answer.has_value());  // never before Submit returns
    EXPECT_TRUE(RunUntil([&] { return answer.has_value(); }));
    return answer.has_value() ? *std::move(answer) : absl::InternalError("no answer");
  }

  boost::asio::io_context io_;
  LoopbackHub hub_{io_};
  SessionOptions options_{.edge = "edge-1",
                          .isa = "AVX2",
                          .frontier_rule = {1, 1},
                          .models = {Model("a")},
                          .heartbeat = absl::Milliseconds(20),
                          .away_after = absl::Milliseconds(200),
                          .retry_first = absl::Milliseconds(10),
                          .retry_longest = absl::Milliseconds(80)};
  std::unique_ptr<EchoCloud> cloud_;
  std::unique_ptr<Session> session_;
};

TEST_F(SessionTest, ShakesHandsAndIsReady) {
  std::vector<LinkState> states;
  StartCloud();
  StartSession();
  session_->OnStateChange([&](LinkState state) { states.push_back(state); });
  EXPECT_EQ(session_->state(), LinkState::kConnecting);
  EXPECT_EQ(session_->welcome(), std::nullopt);
  ASSERT_TRUE(RunUntil([&] { return !states.empty(); }));
  EXPECT_EQ(states, std::vector<LinkState>{LinkState::kReady});
  EXPECT_EQ(session_->welcome()->cloud, "echo");
  EXPECT_EQ(cloud_->hellos[0].edge, "edge-1");
  EXPECT_NE(cloud_->hellos[0].session, 0);
  EXPECT_TRUE(session_->ModelReady(0).ok());
  EXPECT_EQ(session_->ModelReady(1).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SessionTest, ARequestComesBackWithItsTensors) {
  Connect();
  const std::string content = Pattern(300'000, 1);
  const auto reply = Ask(Make(content));
  ASSERT_TRUE(reply.ok()) << reply.status();
  ASSERT_EQ(reply->encoded.size(), 1);
  EXPECT_EQ(Text(reply->encoded[0]), content);
  EXPECT_EQ(reply->tensors[0].shape, Shape{300'000});
  EXPECT_TRUE(reply->timing.tensors.empty());
  EXPECT_EQ(reply->bytes_up, 300'000);
  EXPECT_GT(reply->round_trip, absl::ZeroDuration());
  EXPECT_EQ(cloud_->requests[0].budget_ms, 0);
  EXPECT_GT(session_->statistics().bytes_up, 300'000);
  EXPECT_GT(session_->statistics().bytes_down, 300'000);
}

TEST_F(SessionTest, AThousandInterleavedRequestsAreEachAnsweredOnceWithTheirOwnBytes) {
  Connect();
  constexpr int kRequests = 1000;
  std::vector<int> answers(kRequests);
  int done = 0;
  for (int i = 0; i < kRequests; ++i) {
    const size_t size = 1 + (static_cast<size_t>(i) * 7919) % 9000;
    session_->Submit(Make(Pattern(size, i)), [&, i, size](absl::StatusOr<Reply> reply) {
      ++answers[i];
      ++done;
      ASSERT_TRUE(reply.ok()) << reply.status();
      EXPECT_EQ(Text(reply->encoded[0]), Pattern(size, i));
    });
  }
  ASSERT_TRUE(RunUntil([&] { return done == kRequests; }));
  EXPECT_EQ(answers, std::vector<int>(kRequests, 1));
}

TEST_F(SessionTest, ARefusedVersionIsToldAndTriedAgain) {
  StartCloud();
  cloud_->on_hello = [&](const wire::Hello& hello) {
    if (cloud_->hellos.size() == 1) {
      cloud_->Refuse(0, absl::StatusCode::kFailedPrecondition, "protocol 1 to 1 against 7 to 9");
      return true;
    }
    return hello.session == 0;
  };
  StartSession();
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kRefused; }));
  EXPECT_EQ(session_->reason(), "protocol 1 to 1 against 7 to 9");
  EXPECT_EQ(Ask(Make("x")).status().code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  EXPECT_GT(cloud_->hellos.size(), 1);
}

TEST_F(SessionTest, ARefusalOfWhatCameBeforeTheHelloDoesNotOutdateIt) {
  StartCloud();
  cloud_->on_hello = [&](const wire::Hello& hello) {
    cloud_->Refuse(0, absl::StatusCode::kFailedPrecondition, "a request came before the hello");
    cloud_->Welcome(hello);
    return true;
  };
  StartSession();
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  EXPECT_EQ(cloud_->hellos.size(), 1);
}

TEST_F(SessionTest, TellsWhatTheTrafficSaysOfTheLink) {
  Connect();
  std::map<LinkSample::Kind, std::vector<LinkSample>> samples;
  session_->OnLinkSample([&](const LinkSample& sample) { samples[sample.kind].push_back(sample); });
  ASSERT_TRUE(Ask(Make(Pattern(1000, 1))).ok());
  ASSERT_EQ(samples[LinkSample::Kind::kAcknowledged].size(), 1);
  EXPECT_EQ(samples[LinkSample::Kind::kAcknowledged][0].bytes, 1000);
  ASSERT_TRUE(RunUntil([&] { return !samples[LinkSample::Kind::kRoundTrip].empty(); }));
  EXPECT_GT(samples[LinkSample::Kind::kRoundTrip][0].taken, absl::ZeroDuration());
  cloud_->silent = true;
  session_->Submit(Make("unheard"), [](const absl::StatusOr<Reply>&) {});
  ASSERT_TRUE(RunUntil([&] { return !samples[LinkSample::Kind::kUnacknowledged].empty(); }));
  EXPECT_EQ(samples[LinkSample::Kind::kUnacknowledged][0].bytes, 7);
}

TEST_F(SessionTest, TellsForHowLongAHeartbeatHasHadNoAnswer) {
  Connect();
  cloud_->silent = true;
  std::vector<absl::Duration> silences;
  session_->OnLinkSample([&](const LinkSample& sample) {
    if (sample.kind == LinkSample::Kind::kSilence) {
      silences.push_back(sample.taken);
    }
  });
  ASSERT_TRUE(RunUntil([&] { return silences.size() >= 3; }));
  EXPECT_TRUE(std::ranges::is_sorted(silences));
}

TEST_F(SessionTest, AWelcomeWithAVersionWeDoNotSpeakIsRefused) {
  StartCloud();
  cloud_->edit_welcome = [](wire::Welcome& welcome) { welcome.codec = 9; };
  StartSession();
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kRefused; }));
  EXPECT_EQ(session_->reason(), "the cloud chose codec version 9, this edge speaks 2 to 2");
}

TEST_F(SessionTest, AWelcomeForAnOlderHelloIsIgnored) {
  StartCloud();
  cloud_->on_hello = [&](const wire::Hello& hello) {
    wire::Hello older = hello;
    older.session += 0x100;
    cloud_->Welcome(older);
    return cloud_->hellos.size() < 2;
  };
  StartSession();
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  EXPECT_EQ(cloud_->hellos.size(), 2);  // asked again, as the first had no answer
  EXPECT_EQ(cloud_->hellos[0].session, cloud_->hellos[1].session);
}

TEST_F(SessionTest, AModelMismatchConcernsThatModelAlone) {
  options_.models = {Model("a"), Model("b")};
  StartCloud();
  cloud_->edit_welcome = [](wire::Welcome& welcome) {
    welcome.models[0] = {wire::ModelState::kMismatch, "SHA-256 differs"};
  };
  StartSession();
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  EXPECT_EQ(session_->ModelReady(0).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(session_->ModelReady(0).message()), HasSubstr("SHA-256 differs"));
  EXPECT_EQ(Ask(Make("x")).status().code(), absl::StatusCode::kFailedPrecondition);
  Submission second = Make("x");
  second.model = 1;
  EXPECT_TRUE(Ask(std::move(second)).ok());
}

TEST_F(SessionTest, SubmissionsBeforeTheWelcomeAreUnavailable) {
  StartSession();
  EXPECT_EQ(Ask(Make("x")).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SessionTest, WhatTheCloudWouldNotTakeIsRefusedHereWithBothSides) {
  StartCloud();
  cloud_->edit_welcome = [](wire::Welcome& welcome) {
    welcome.max_tensor = 1000;
    welcome.max_inflight = 1500;
  };
  StartSession();
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  absl::Status status = Ask(Make(Pattern(1001, 1))).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("is 1001 bytes, the cloud accepts 1000"));

  cloud_->answers = false;
  session_->Submit(Make(Pattern(900, 1)), nullptr);
  status = Ask(Make(Pattern(700, 1))).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("700 bytes and 900 wait for answers, the cloud accepts 1500"));
  EXPECT_EQ(cloud_->requests.size(), 1);
}

TEST_F(SessionTest, AnEncodingThatDiffersFromItsAnnouncementIsRefused) {
  Connect();
  Submission submission = Make("abcd");
  submission.tensors[0].encoded_bytes = 5;
  EXPECT_EQ(Ask(std::move(submission)).status().code(), absl::StatusCode::kInvalidArgument);
  submission = Make("abcd");
  submission.encoded.clear();
  EXPECT_EQ(Ask(std::move(submission)).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SessionTest, ABudgetThatRunsOutCancelsOnTheCloud) {
  Connect();
  cloud_->answers = false;
  const absl::Status status = Ask(Make("x", absl::Milliseconds(30))).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(cloud_->requests[0].budget_ms, 30);
  ASSERT_TRUE(RunUntil([&] { return !cloud_->cancels.empty(); }));
  EXPECT_EQ(cloud_->cancels[0], cloud_->requests[0].id);
  EXPECT_EQ(Ask(Make("x", absl::ZeroDuration())).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(SessionTest, CancelAnswersWithCancelledAndALateResultIsIgnored) {
  Connect();
  cloud_->answers = false;
  int calls = 0;
  absl::Status status;
  const uint64_t id = session_->Submit(Make("abc"), [&](absl::StatusOr<Reply> reply) {
    ++calls;
    status = reply.status();
  });
  ASSERT_TRUE(RunUntil([&] { return !cloud_->requests.empty(); }));
  session_->Cancel(id);
  EXPECT_EQ(calls, 0);  // never inside Cancel
  ASSERT_TRUE(RunUntil([&] { return !cloud_->cancels.empty(); }));
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  cloud_->Answer(id, cloud_->requests[0].tensors, {Bytes::Own("abc")});
  cloud_->answers = true;
  EXPECT_TRUE(Ask(Make("def")).ok());
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(cloud_->hellos.size(), 1);
  session_->Cancel(id);
  session_->Cancel(12345);
}

TEST_F(SessionTest, ARefusalForLoadSaysWhenToComeBack) {
  Connect();
  cloud_->on_request = [&](const wire::Request& request) {
    cloud_->Send(wire::Refusal{.request = request.id,
                               .code = static_cast<uint8_t>(absl::StatusCode::kResourceExhausted),
                               .retry_after_ms = 70,
                               .reason = "queue of 5 requests is full"});
    return true;
  };
  const absl::Status status = Ask(Make("x")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("queue of 5 requests is full"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("retry_after 70 ms"));
  EXPECT_EQ(session_->state(), LinkState::kReady);
}

TEST_F(SessionTest, ASilentCloudIsAwayAndComesBack) {
  Connect();
  cloud_->silent = true;
  EXPECT_EQ(Ask(Make("x")).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(session_->state(), LinkState::kAway);
  cloud_->silent = false;
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  EXPECT_TRUE(Ask(Make("x")).ok());
  EXPECT_FALSE(wire::SameSession(cloud_->hellos.front().session, cloud_->hellos.back().session));
}

TEST_F(SessionTest, ACloudThatRestartsIsFoundAgain) {
  Connect();
  cloud_->answers = false;
  absl::Status status;
  session_->Submit(Make("x"), [&](absl::StatusOr<Reply> reply) { status = reply.status(); });
  ASSERT_TRUE(RunUntil([&] { return !cloud_->requests.empty(); }));
  cloud_.reset();
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kAway; }));
  ASSERT_TRUE(RunUntil([&] { return !status.ok(); }));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  StartCloud();
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  const auto reply = Ask(Make("y"));
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(cloud_->requests[0].id, 2);  // no id is used twice
}

TEST_F(SessionTest, ACloudThatForgotTheSessionIsGreetedAnew) {
  Connect();
  cloud_->Refuse(0, absl::StatusCode::kFailedPrecondition, "a heartbeat came before the hello");
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kRefused; }));
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  EXPECT_TRUE(Ask(Make("x")).ok());
}

TEST_F(SessionTest, MalformedFramesEndTheSessionAndItIsMadeAnew) {
  Connect();
  const std::vector<std::function<void()>> nonsense = {
      [&] { cloud_->SendRaw("this is no header"); },
      [&] { cloud_->Send(wire::Cancel{5}); },
      [&] { cloud_->Send(wire::Ack{.bytes = 999'999'999, .received_us = 1}); },
      [&] { cloud_->Send(wire::Chunk{.request = 77, .crc32 = 1}, Bytes::Own("abc")); },
  };
  for (const auto& send : nonsense) {
    const size_t hellos = cloud_->hellos.size();
    send();
    ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kAway; }));
    ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
    EXPECT_GT(cloud_->hellos.size(), hellos);
    EXPECT_TRUE(Ask(Make("x")).ok());
  }
}

TEST_F(SessionTest, ADamagedResultFailsItsRequestAlone) {
  Connect();
  cloud_->answers = false;
  absl::Status first;
  const uint64_t id =
      session_->Submit(Make("abcd"), [&](absl::StatusOr<Reply> reply) { first = reply.status(); });
  ASSERT_TRUE(RunUntil([&] { return !cloud_->requests.empty(); }));
  cloud_->Send(wire::Result{.request = id, .tensors = cloud_->requests[0].tensors});
  cloud_->Send(wire::Chunk{.request = id, .crc32 = 12345}, Bytes::Own("abcd"));
  ASSERT_TRUE(RunUntil([&] { return !first.ok(); }));
  EXPECT_EQ(first.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(session_->state(), LinkState::kReady);
  cloud_->answers = true;
  EXPECT_TRUE(Ask(Make("x")).ok());
}

TEST_F(SessionTest, AResultOverTheEdgesLimitIsRefusedBeforeItsBytes) {
  options_.max_tensor = 100;
  Connect();
  const absl::Status status = Ask(Make(Pattern(101, 1))).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("101 bytes, max_tensor is 100"));
  EXPECT_TRUE(Ask(Make(Pattern(100, 1))).ok());
}

TEST_F(SessionTest, AnEmptyResultIsAnAnswer) {
  Connect();
  cloud_->on_request = [&](const wire::Request& request) {
    EncodedTensor empty = request.tensors[0];
    empty.shape = {0, 4};
    empty.strides = {4, 1};
    empty.encoded_bytes = 0;
    cloud_->Send(wire::Result{.request = request.id, .tensors = {empty}});
    return true;
  };
  const auto reply = Ask(Make("x"));
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->encoded[0].size(), 0);
}

TEST_F(SessionTest, AProfileIsAskedForBesideRequests) {
  Connect();
  cloud_->profile = Pattern(100'000, 1);
  std::optional<absl::StatusOr<Reply>> profile;
  session_->AskProfile(0, absl::InfiniteDuration(),
                       [&](absl::StatusOr<Reply> reply) { profile = std::move(reply); });
  EXPECT_FALSE(profile.has_value());
  EXPECT_TRUE(Ask(Make("a tensor")).ok());
  ASSERT_TRUE(RunUntil([&] { return profile.has_value(); }));
  ASSERT_TRUE(profile->ok()) << profile->status();
  EXPECT_EQ(Text((*profile)->encoded.at(0)), cloud_->profile);
  EXPECT_EQ((*profile)->bytes_up, 0);
}

TEST_F(SessionTest, AnOlderCloudIsNotAskedForAProfile) {
  StartCloud();
  cloud_->edit_welcome = [](wire::Welcome& welcome) { welcome.protocol = 1; };
  StartSession();
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  absl::Status status;
  session_->AskProfile(0, absl::InfiniteDuration(),
                       [&](const absl::StatusOr<Reply>& reply) { status = reply.status(); });
  ASSERT_TRUE(RunUntil([&] { return !status.ok(); }));
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(status.message(), HasSubstr("protocol version 1"));
  EXPECT_EQ(session_->state(), LinkState::kReady);
}

TEST_F(SessionTest, NewModelsAreShakenWithoutEndingOpenRequests) {
  Connect();
  cloud_->answers = false;
  std::optional<absl::StatusOr<Reply>> open;
  session_->Submit(Make("abc"), [&](absl::StatusOr<Reply> reply) { open = std::move(reply); });
  ASSERT_TRUE(RunUntil([&] { return !cloud_->requests.empty(); }));
  session_->SetModels({Model("b"), Model("c")});
  session_->SetModels({Model("b"), Model("c"), Model("d")});
  EXPECT_EQ(session_->state(), LinkState::kConnecting);
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  EXPECT_EQ(session_->welcome()->models.size(), 3);
  EXPECT_FALSE(open.has_value());
  EXPECT_TRUE(wire::SameSession(cloud_->hellos.front().session, cloud_->hellos.back().session));
  cloud_->Answer(1, cloud_->requests[0].tensors, {Bytes::Own("abc")});
  ASSERT_TRUE(RunUntil([&] { return open.has_value(); }));
  EXPECT_TRUE(open->ok());
}

TEST_F(SessionTest, TheSameModelsShakeNoHands) {
  Connect();
  const size_t hellos = cloud_->hellos.size();
  session_->SetModels(cloud_->hellos.back().models);
  EXPECT_EQ(session_->state(), LinkState::kReady);
  ASSERT_TRUE(Ask(Make("abc")).ok());
  EXPECT_EQ(cloud_->hellos.size(), hellos);
}

TEST_F(SessionTest, HeartbeatsMeasureTheRoundTripAndTheQueue) {
  Connect();
  ASSERT_TRUE(RunUntil([&] { return cloud_->heartbeats > 3; }));
  EXPECT_LT(session_->statistics().rtt, absl::InfiniteDuration());
  EXPECT_EQ(session_->statistics().queue_us, 1234);
  const int before = cloud_->heartbeats;
  cloud_->Send(wire::Heartbeat{.sent_us = 42});
  ASSERT_TRUE(RunUntil([&] { return cloud_->heartbeats > before; }));
  EXPECT_EQ(session_->state(), LinkState::kReady);
}

TEST_F(SessionTest, DrainingRefusesNewRequestsAndAnswersTheOpenOnes) {
  Connect();
  std::optional<absl::StatusOr<Reply>> open;
  session_->Submit(Make("abc"), [&](absl::StatusOr<Reply> reply) { open = std::move(reply); });
  session_->Drain();
  EXPECT_EQ(Ask(Make("x")).status().code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(RunUntil([&] { return open.has_value(); }));
  EXPECT_TRUE(open->ok());
  EXPECT_EQ(cloud_->goodbyes, 1);
}

TEST_F(SessionTest, ACloudThatSaysGoodbyeStillAnswersWhatIsOpen) {
  Connect();
  cloud_->answers = false;
  std::optional<absl::StatusOr<Reply>> open;
  session_->Submit(Make("abc"), [&](absl::StatusOr<Reply> reply) { open = std::move(reply); });
  ASSERT_TRUE(RunUntil([&] { return !cloud_->requests.empty(); }));
  cloud_->Send(wire::Goodbye{});
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kAway; }));
  EXPECT_EQ(Ask(Make("x")).status().code(), absl::StatusCode::kUnavailable);
  cloud_->Answer(1, cloud_->requests[0].tensors, {Bytes::Own("abc")});
  ASSERT_TRUE(RunUntil([&] { return open.has_value(); }));
  EXPECT_TRUE(open->ok());
}

TEST_F(SessionTest, TheEndOfTheSessionCancelsWhatIsOpenAlsoFromItsOwnCallback) {
  Connect();
  cloud_->answers = false;
  std::vector<absl::StatusCode> codes;
  for (int i = 0; i < 3; ++i) {
    session_->Submit(Make("abc"),
                     [&](absl::StatusOr<Reply> reply) { codes.push_back(reply.status().code()); });
  }
  const uint64_t id = session_->Submit(Make("abc"), [&](absl::StatusOr<Reply>) {
    session_.reset();
    EXPECT_EQ(codes.size(), 3);
  });
  session_->Cancel(id);
  ASSERT_TRUE(RunUntil([&] { return session_ == nullptr; }));
  EXPECT_EQ(codes, std::vector<absl::StatusCode>(3, absl::StatusCode::kCancelled));
}

TEST_F(SessionTest, ACancelledRequestFreesAThinLinkForTheNextOne) {
  StartCloud();
  StartSession([&](std::unique_ptr<Transport> inner) {
    return std::make_unique<ShapingTransport>(
        io_, std::move(inner),
        ShapingOptions{.bits_per_second = 4e6, .delay = absl::Milliseconds(5)});
  });
  Submission submission = Make(std::string(20'000'000, 'x'));
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  const uint64_t large = session_->Submit(std::move(submission), nullptr);
  const int heartbeats = cloud_->heartbeats;
  ASSERT_TRUE(RunUntil([&] { return cloud_->heartbeats > heartbeats + 10; }));
  session_->Cancel(large);
  EXPECT_TRUE(Ask(Make("x")).ok());
  EXPECT_LT(session_->statistics().bytes_up, 10'000'000);
}

TEST_F(SessionTest, WhatIsNotSentInTimeIsCutShortAndAnsweredFromWhatCame) {
  StartCloud();
  StartSession([&](std::unique_ptr<Transport> inner) {
    return std::make_unique<ShapingTransport>(
        io_, std::move(inner),
        ShapingOptions{.bits_per_second = 4e6, .delay = absl::Milliseconds(5)});
  });
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  const std::string content = Pattern(20'000'000, 1);  // 40 s at that rate
  Submission submission = Make(content);
  submission.arrive_within = absl::Milliseconds(500);
  const absl::StatusOr<Reply> reply = Ask(std::move(submission));
  ASSERT_TRUE(reply.ok()) << reply.status();
  ASSERT_EQ(cloud_->ends.size(), 1);
  EXPECT_EQ(cloud_->ends[0].bytes, std::vector<uint64_t>{reply->bytes_up});
  EXPECT_GT(reply->bytes_up, 0);
  EXPECT_LT(reply->bytes_up, content.size());
  EXPECT_EQ(Text(reply->encoded[0]), content.substr(0, reply->bytes_up));
}

TEST_F(SessionTest, WhatIsSentInTimeIsNotCutShort) {
  Connect();
  Submission submission = Make("all of it");
  submission.arrive_within = absl::Seconds(100);
  EXPECT_EQ(Text(Ask(std::move(submission))->encoded[0]), "all of it");
  EXPECT_TRUE(cloud_->ends.empty());
}

class FaultySession : public SessionTest, public testing::WithParamInterface<int> {};

TEST_P(FaultySession, EveryRequestIsAnsweredOnceWhateverHappensToFrames) {
  const FaultOptions faults{.seed = static_cast<uint64_t>(GetParam()),
                            .drop = 0.02,
                            .duplicate = 0.02,
                            .truncate = 0.02,
                            .flip = 0.02};
  cloud_ = std::make_unique<EchoCloud>(
      std::make_unique<FaultyTransport>(io_, hub_.MakeServer(), faults));
  StartSession([&](std::unique_ptr<Transport> inner) {
    return std::make_unique<FaultyTransport>(io_, std::move(inner), faults);
  });
  constexpr int kRequests = 200;
  std::vector<int> answers(kRequests);
  int done = 0;
  int right = 0;
  for (int i = 0; i < kRequests; ++i) {
    const std::string content = Pattern(1 + (i * 977) % 20'000, i);
    session_->Submit(Make(content, absl::Milliseconds(300)),
                     [&, i, content](absl::StatusOr<Reply> reply) {
                       ++answers[i];
                       ++done;
                       if (reply.ok()) {
                         ++right;
                         EXPECT_EQ(Text(reply->encoded[0]), content);
                       }
                     });
    if (i % 10 == 9) {
      ASSERT_TRUE(RunUntil([&] { return done == i + 1; }));
      ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
    }
  }
  ASSERT_TRUE(RunUntil([&] { return done == kRequests; }));
  EXPECT_EQ(answers, std::vector<int>(kRequests, 1));
  EXPECT_GT(right, 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, FaultySession, testing::Range(1, 5));

// A request that is sent while it is encoded.
class BegunTest : public SessionTest {
 protected:
  // Of one tensor for each bound.
  uint64_t Begin(const std::vector<uint64_t>& bounds,
                 absl::Duration arrive_within = absl::InfiniteDuration()) {
    Submission submission;
    submission.cut = "features.3";
    for (const uint64_t bound : bounds) {
      submission.tensors.push_back({.dtype = DType::kUInt8,
                                    .shape = {static_cast<int64_t>(bound)},
                                    .strides = {1},
                                    .codec = {Quantizer::kFp32, Level::kStored},
                                    .encoded_bytes = bound});
    }
    submission.arrive_within = arrive_within;
    return session_->Begin(std::move(submission),
                           [this](absl::StatusOr<Reply> reply) { answer_ = std::move(reply); });
  }
  bool Extend(uint64_t id, const std::string& bytes, size_t tensor = 0) {
    return session_->Extend(id, tensor, Bytes::Own(bytes));
  }
  absl::StatusCode WaitForAnswer() {
    EXPECT_TRUE(RunUntil([this] { return answer_.has_value(); }));
    return answer_.has_value() ? answer_->status().code() : absl::StatusCode::kInternal;
  }

  std::optional<absl::StatusOr<Reply>> answer_;
};

TEST_F(BegunTest, TheFirstBytesAreInTheCloudBeforeTheEncoderHasMadeTheLast) {
  Connect();
  const uint64_t id = Begin({100'000, 100'000});
  ASSERT_TRUE(Extend(id, Pattern(10'000, 1)));
  ASSERT_TRUE(RunUntil([&] { return cloud_->received == 10'000; }));  // the encoder waits for it
  ASSERT_TRUE(Extend(id, Pattern(20'000, 2)));
  ASSERT_TRUE(Extend(id, Pattern(3'000, 3), 1));
  EXPECT_TRUE(cloud_->ends.empty());
  session_->Close(id);
  ASSERT_EQ(WaitForAnswer(), absl::StatusCode::kOk);
  ASSERT_EQ(cloud_->ends.size(), 1);
  EXPECT_EQ(cloud_->ends[0].bytes, (std::vector<uint64_t>{30'000, 3'000}));
  EXPECT_EQ(cloud_->ends[0].cut_short, 0);
  EXPECT_EQ(Text((*answer_)->encoded[0]), Pattern(10'000, 1) + Pattern(20'000, 2));
  EXPECT_EQ(Text((*answer_)->encoded[1]), Pattern(3'000, 3));
  EXPECT_EQ((*answer_)->bytes_up, 33'000);
  EXPECT_GT((*answer_)->encoding, absl::ZeroDuration());
  EXPECT_TRUE(cloud_->requests[0].open);
}

TEST_F(BegunTest, WhatIsSubmittedBehindItGoesFirstWhereTheEncoderIsSlow) {
  Connect();
  const uint64_t id = Begin({100'000});
  EXPECT_TRUE(Ask(Make("at once")).ok());
  ASSERT_TRUE(Extend(id, "later"));
  session_->Close(id);
  EXPECT_EQ(WaitForAnswer(), absl::StatusCode::kOk);
}

TEST_F(BegunTest, ACloudOfAnOlderVersionIsNotAskedFor) {
  StartCloud();
  cloud_->edit_welcome = [](wire::Welcome& welcome) { welcome.protocol = 2; };
  StartSession();
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  EXPECT_FALSE(session_->CanBegin());
  const uint64_t id = Begin({100});
  EXPECT_FALSE(Extend(id, "x"));
  EXPECT_EQ(WaitForAnswer(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Ask(Make("whole")).ok());
  EXPECT_EQ(cloud_->requests.size(), 1);
  EXPECT_FALSE(cloud_->requests[0].open);
}

TEST_F(BegunTest, CancelInTheMiddleTellsTheCloudAndEndsTheEncoder) {
  Connect();
  const uint64_t id = Begin({100'000});
  ASSERT_TRUE(Extend(id, Pattern(10'000, 1)));
  session_->Cancel(id);
  EXPECT_FALSE(Extend(id, "more"));
  session_->Close(id);
  EXPECT_EQ(WaitForAnswer(), absl::StatusCode::kCancelled);
  ASSERT_TRUE(RunUntil([&] { return !cloud_->cancels.empty(); }));
  EXPECT_TRUE(cloud_->ends.empty());
  EXPECT_TRUE(Ask(Make("the next one")).ok());
}

TEST_F(BegunTest, ARefusalInTheMiddleEndsTheEncoder) {
  Connect();
  cloud_->on_request = [&](const wire::Request& request) {
    cloud_->Refuse(request.id, absl::StatusCode::kResourceExhausted, "full");
    return true;
  };
  const uint64_t id = Begin({100'000});
  EXPECT_EQ(WaitForAnswer(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(Extend(id, "more"));
}

TEST_F(BegunTest, MoreThanWasAnnouncedFailsOnBothSides) {
  Connect();
  const uint64_t id = Begin({10, 10});
  ASSERT_TRUE(Extend(id, "0123456789"));
  EXPECT_FALSE(Extend(id, "x"));
  EXPECT_EQ(WaitForAnswer(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(RunUntil([&] { return !cloud_->cancels.empty(); }));
}

TEST_F(BegunTest, WhatIsCutShortTakesNoMoreBytes) {
  Connect();
  const uint64_t id = Begin({100'000}, /*arrive_within=*/absl::Milliseconds(5));
  Extend(id, Pattern(1'000, 1));
  ASSERT_TRUE(RunUntil([&] { return !cloud_->ends.empty(); }));
  EXPECT_EQ(cloud_->ends[0].cut_short, 1);
  EXPECT_FALSE(Extend(id, "more"));
  session_->Close(id);
  EXPECT_EQ(WaitForAnswer(), absl::StatusCode::kOk);
  EXPECT_EQ((*answer_)->bytes_up, cloud_->ends[0].bytes[0]);
}

TEST_F(BegunTest, ItsBoundCountsUntilItIsClosed) {
  StartCloud();
  cloud_->edit_welcome = [](wire::Welcome& welcome) { welcome.max_inflight = 1'000; };
  cloud_->answers = false;
  StartSession();
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  const uint64_t id = Begin({1'000});
  EXPECT_EQ(Ask(Make(Pattern(500, 1))).status().code(), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(Extend(id, Pattern(500, 1)));
  session_->Close(id);
  cloud_->answers = true;
  EXPECT_TRUE(Ask(Make(Pattern(500, 1))).ok());
}

TEST_F(BegunTest, ALostConnectionEndsTheEncoder) {
  Connect();
  const uint64_t id = Begin({100'000});
  ASSERT_TRUE(Extend(id, Pattern(1'000, 1)));
  cloud_.reset();
  EXPECT_EQ(WaitForAnswer(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(Extend(id, "more"));
  session_->Close(id);
}

}  // namespace
}  // namespace tideline
