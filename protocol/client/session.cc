#include "protocol/client/session.h"

#include <algorithm>
#include <utility>

#include "common/telemetry/log.h"
#include "protocol/client/session_impl.h"

namespace tideline {
namespace {

constexpr absl::Duration kStable = absl::Seconds(5);  // a session this old was no bad one
constexpr uint64_t kMaxQueued = uint64_t{1} << 30;    // bytes; max_inflight is the real bound
constexpr uint64_t kResultsInflight = 4;              // tensors of the largest size

}  // namespace

SessionImpl::SessionImpl(boost::asio::io_context& io, std::unique_ptr<Transport> transport,
                         SessionOptions options)
    : io_(io),
      transport_(std::move(transport)),
      options_(std::move(options)),
      random_(std::random_device()()),
      tick_(io),
      unanswered_(options_.retry_first, options_.retry_longest),
      trouble_(options_.retry_first, options_.retry_longest),
      heartbeat_(std::max(options_.heartbeat, kShortestHeartbeat)),
      pulse_(clock_.Now()),
      sender_([this](const wire::Chunk& chunk,
                     Bytes payload) { return Send(chunk, std::move(payload)); },
              kMaxQueued),
      assembler_({.max_tensor = options_.max_tensor,
                  .max_inflight = kResultsInflight * options_.max_tensor}),
      callbacks_(io) {
  hello_ = MakeHello(options_, NewSession(random_));
  transport_->SetHandler(this);
  ScheduleTick();
}

SessionImpl::~SessionImpl() {
  transport_->SetHandler(nullptr);
  on_state_change_ = nullptr;
  on_link_sample_ = nullptr;
  draining_ = true;
  FailAll(Cancelled("the session has ended"));
}

absl::Status SessionImpl::Send(const wire::Header& header, Bytes payload) {
  ASSIGN_OR_RETURN(std::string bytes, wire::EncodeHeader(header));
  const uint64_t size = bytes.size() + payload.size();
  RETURN_IF_ERROR(transport_->Send(kServer, {std::move(bytes), std::move(payload)}));
  bytes_up_ += size;
  return absl::OkStatus();
}

void SessionImpl::ScheduleTick() {
  tick_.expires_after(absl::ToChronoNanoseconds(heartbeat_ / 2));
  tick_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
    if (!error && !alive.expired()) {
      Tick();
      ScheduleTick();
    }
  });
}

void SessionImpl::Tick() {
  const MonotonicTime now = clock_.Now();
  // Judged at the second tick: where this process itself stood still, what came meanwhile is read
  // between the two.
  const bool was_silent = std::exchange(silent_, pulse_.silence(now) > options_.away_after);
  if (live_ && silent_ && was_silent) {
    Lose(LinkState::kAway, fmt::format("nothing was heard from the cloud for {}",
                                       std::string(absl::FormatDuration(options_.away_after))));
  }
  if (live_) {
    if (now - live_since_ > kStable) {
      trouble_.Reset();
    }
    if (pulse_.IsDue(now, heartbeat_)) {
      Send(pulse_.Ask(now, sender_.window().sent())).IgnoreError();
    }
    TellOfWaiting(now);
    sender_.Pump(now);
  }
  if (connected_ && (!live_ || !hello_answered_) && now >= hello_again_at_) {
    SayHello();
  }
}

// Asks until there is an answer; the number stays the same until then, so that a late welcome is
// one too.
void SessionImpl::SayHello() {
  hello_answered_ = false;
  hello_said_at_ = clock_.Now();
  hello_again_at_ = hello_said_at_ + unanswered_.Next(random_);
  if (const absl::Status status = Send(hello_); !status.ok() && MayLog()) {
    Log(LogLevel::kWarning, "hello_not_sent",
        {{"edge", options_.edge}, {"cloud", options_.cloud}, {"reason", status}});
  }
}

// Ends the session and prepares the next one. `state` is what the link is until then.
void SessionImpl::Lose(LinkState state, const std::string& reason) {
  live_ = false;
  hello_ = MakeHello(options_, NewSession(random_));
  hello_answered_ = false;
  sender_.Reset();
  assembler_.Reset();
  pulse_.Reset(clock_.Now());
  FailAll(Unavailable("the cloud is away: {}", reason));
  SetState(state, reason);
}

// What the cloud sent makes no sense: the connection is made anew, after a pause.
void SessionImpl::Break(const absl::Status& why) {
  if (MayLog()) {
    Log(LogLevel::kWarning, "cloud_frame_refused",
        {{"edge", options_.edge}, {"cloud", options_.cloud}, {"reason", why}});
  }
  connected_ = false;
  hello_not_before_ = clock_.Now() + trouble_.Next(random_);
  Lose(LinkState::kAway, std::string(why.message()));
  transport_->Drop(kServer);
}

void SessionImpl::SetState(LinkState state, std::string reason) {
  const bool changed = state_ != state;
  if (changed || reason_ != reason) {
    const LogLevel level = state == LinkState::kReady ? LogLevel::kInfo : LogLevel::kWarning;
    static constexpr const char* kEvents[] = {"cloud_connecting", "cloud_ready", "cloud_refused",
                                              "cloud_away"};
    if (MayLog()) {
      Log(level, kEvents[static_cast<int>(state)],
          {{"edge", options_.edge}, {"cloud", options_.cloud}, {"reason", reason}});
    }
  }
  state_ = state;
  reason_ = std::move(reason);
  if (changed && on_state_change_ != nullptr) {
    callbacks_.Push([callback = std::weak_ptr(on_state_change_), state] {
      if (const auto alive = callback.lock()) {
        (*alive)(state);
      }
    });
  }
}

void SessionImpl::OnStateChange(std::function<void(LinkState)> callback) {
  on_state_change_ =
      callback ? std::make_shared<std::function<void(LinkState)>>(std::move(callback)) : nullptr;
}

void SessionImpl::OnConnected() {
  if (live_) {
    Lose(LinkState::kAway, "the connection was made anew");
  }
  connected_ = true;
  unanswered_.Reset();
  hello_again_at_ = hello_not_before_;
  if (clock_.Now() >= hello_again_at_) {
    SayHello();
  }
}

void SessionImpl::OnDisconnected(const std::string& reason) {
  connected_ = false;
  Lose(LinkState::kAway, reason);
}

void SessionImpl::SetModels(std::vector<wire::ModelIdentity> models) {
  if (models == options_.models) {
    return;
  }
  options_.models = std::move(models);
  hello_ = MakeHello(options_, NextRevision(hello_.session));
  if (state_ == LinkState::kReady) {
    SetState(LinkState::kConnecting, "the models change");
  }
  if (connected_) {
    SayHello();
  }
}

void SessionImpl::Drain() {
  draining_ = true;
  if (live_) {
    Send(wire::Goodbye{}).IgnoreError();
  }
}

LinkStatistics SessionImpl::statistics() const {
  return {.rtt = pulse_.rtt(),
          .uplink_bits_per_second = 8 * sender_.window().receiver_rate(),
          .bytes_up = bytes_up_,
          .bytes_down = bytes_down_,
          .queue_us = queue_us_};
}

std::unique_ptr<Session> MakeSession(boost::asio::io_context& io,
                                     std::unique_ptr<Transport> transport, SessionOptions options) {
  return std::make_unique<SessionImpl>(io, std::move(transport), std::move(options));
}

}  // namespace tideline
