#include "protocol/client/session.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/transport/faulty.h"
#include "tests/protocol/client/session_fixture.h"

namespace tideline {
namespace {

using testing::HasSubstr;

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
}  // namespace
}  // namespace tideline
