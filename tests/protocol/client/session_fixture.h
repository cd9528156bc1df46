#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "protocol/client/session.h"
#include "protocol/transport/loopback.h"
#include "tests/protocol/client/echo_cloud.h"

namespace tideline {

inline std::string Pattern(size_t size, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string text(size, '\0');
  for (char& c : text) {
    c = static_cast<char>(random() & 0xff);
  }
  return text;
}

inline std::string Text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.view.data()), bytes.view.size()};
}

// One tensor of bytes.
inline Submission Make(std::string content, absl::Duration budget = absl::InfiniteDuration()) {
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

inline wire::ModelIdentity Model(const char* name) { return {.name = name, .version = 1}; }

// A session and a cloud that echoes, on one loop.
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

}  // namespace tideline
