#include <utility>

#include "common/base/overloaded.h"
#include "common/telemetry/log.h"
#include "protocol/client/session_impl.h"

namespace tideline {
namespace {

absl::Status ToStatus(const wire::Refusal& refusal) {
  const auto code = static_cast<absl::StatusCode>(refusal.code);
  // The cloud gave up what nobody here cancelled: for the caller it was not there.
  const bool gave_up = code == absl::StatusCode::kCancelled || code == absl::StatusCode::kOk;
  const std::string retry =
      refusal.retry_after_ms == 0 ? "" : fmt::format("; retry_after {} ms", refusal.retry_after_ms);
  return absl::Status(gave_up ? absl::StatusCode::kUnavailable : code,
                      "the cloud refused: " + refusal.reason + retry);
}

}  // namespace

void SessionImpl::OnFrame(const Peer& /*peer*/, Frame frame) {
  bytes_down_ += frame.header.size() + frame.payload.size();
  const MonotonicTime now = clock_.Now();
  pulse_.OnHeard(now);
  const absl::StatusOr<wire::Header> header =
      wire::DecodeHeader(std::as_bytes(std::span(frame.header)));
  if (!header.ok()) {
    Break(header.status());
    return;
  }
  Handle(*header, frame.payload);
  if (state_ == LinkState::kAway && !live_ && connected_ && now >= hello_not_before_ &&
      now - hello_said_at_ > options_.retry_first) {
    SayHello();  // it is heard again: no need to wait for the pause's end
  }
}

void SessionImpl::Handle(const wire::Header& header, const Bytes& payload) {
  // Before the welcome everything else belongs to an older session.
  const auto live = [this](auto&& handle) {
    if (live_) {
      handle();
    }
  };
  std::visit(
      Overloaded{[&](const wire::Welcome& welcome) { OnWelcome(welcome); },
                 [&](const wire::Refusal& refusal) { OnRefusal(refusal); },
                 [&](const wire::Heartbeat& heartbeat) { live([&] { OnHeartbeat(heartbeat); }); },
                 [&](const wire::Result& result) { live([&] { OnResult(result); }); },
                 [&](const wire::Chunk& chunk) { live([&] { OnChunk(chunk, payload); }); },
                 [&](const wire::Ack& ack) { live([&] { OnAck(ack); }); },
                 [&](const wire::Goodbye&) {
                   live([&] { SetState(LinkState::kAway, "the cloud is shutting down"); });
                 },
                 [&](const auto&) {
                   Break(InvalidArgument("a {} is not for an edge", wire::Name(header)));
                 }},
      header);
}

void SessionImpl::OnWelcome(const wire::Welcome& welcome) {
  if (welcome.session != hello_.session || hello_answered_) {
    return;  // of an older hello, or twice
  }
  hello_answered_ = true;
  if (const absl::Status status = CheckWelcome(welcome, hello_); !status.ok()) {
    Lose(LinkState::kRefused, std::string(status.message()));
    return;
  }
  welcome_ = welcome;
  const absl::Duration theirs = absl::Milliseconds(welcome.heartbeat_ms);
  heartbeat_ = std::max(kShortestHeartbeat, welcome.heartbeat_ms == 0
                                                ? options_.heartbeat
                                                : std::min(options_.heartbeat, theirs));
  if (!live_) {
    live_ = true;
    live_since_ = clock_.Now();
    unanswered_.Reset();
    pulse_.Reset(live_since_);
  }
  SetState(LinkState::kReady, "");
  for (uint16_t i = 0; i < welcome.models.size(); ++i) {
    if (const absl::Status status = CheckModel(i, welcome); !status.ok()) {
      Log(LogLevel::kWarning, "model_not_served",
          {{"edge", options_.edge},
           {"cloud", options_.cloud},
           {"model", options_.models[i].name},
           {"reason", status}});
    }
  }
}

void SessionImpl::OnRefusal(const wire::Refusal& refusal) {
  if (refusal.request != 0) {
    Fail(refusal.request, ToStatus(refusal));
    return;
  }
  if (!live_) {
    // Of this hello, or of what was on its way before it: then the welcome is still to come.
    SetState(LinkState::kRefused, refusal.reason);
    return;
  }
  if (hello_answered_) {
    // It does not know us (any more), or could not read something of ours.
    hello_again_at_ = clock_.Now() + trouble_.Next(random_);
    hello_not_before_ = hello_again_at_;
  }
  Lose(LinkState::kRefused, refusal.reason);
}

void SessionImpl::OnHeartbeat(const wire::Heartbeat& heartbeat) {
  if (heartbeat.sent_us != 0) {
    Send(wire::Heartbeat{.echo = heartbeat.sent_us}).IgnoreError();
    return;
  }
  queue_us_ = heartbeat.queue_us;
  const SendWindow& window = sender_.window();
  const absl::StatusOr<std::optional<absl::Duration>> round_trip =
      pulse_.OnAnswer(clock_.Now(), heartbeat, window.acknowledged());
  if (!round_trip.ok()) {
    Break(round_trip.status());
  } else if (*round_trip && window.in_flight() == 0) {
    Tell({LinkSample::Kind::kRoundTrip, 0, **round_trip});
  }
}

void SessionImpl::OnAck(const wire::Ack& ack) {
  if (const absl::Status status = sender_.OnAck(clock_.Now(), ack); !status.ok()) {
    Break(status);
    return;
  }
  const std::optional<RateSample> sample = sender_.TakeRateSample();
  if (!sample) {
    return;
  }
  static constexpr LinkSample::Kind kKinds[] = {
      LinkSample::Kind::kUplink, LinkSample::Kind::kUplinkAtLeast, LinkSample::Kind::kAcknowledged};
  Tell({kKinds[static_cast<int>(sample->kind)], sample->bytes, sample->taken});
}

// What has not come back yet.
void SessionImpl::TellOfWaiting(MonotonicTime now) {
  const SendWindow& window = sender_.window();
  if (window.in_flight() > 0) {
    Tell({LinkSample::Kind::kUnacknowledged, window.since_oldest(), now - window.oldest()});
  } else if (const absl::Duration waiting = pulse_.waiting(now); waiting > absl::ZeroDuration()) {
    Tell({LinkSample::Kind::kSilence, 0, waiting});
  }
}

void SessionImpl::OnResult(const wire::Result& result) {
  const auto open = open_.find(result.request);
  if (open == open_.end()) {
    assembler_.Drop(result.request);  // cancelled or too late: its chunks are ignored
    return;
  }
  if (const absl::Status status = assembler_.Begin(result.request, result.tensors); !status.ok()) {
    FailOnBothSides(result.request, Annotate(status, "result"));
    return;
  }
  open->second.result = result;
  if (auto encoded = assembler_.TakeIfComplete(result.request); encoded.has_value()) {
    Complete(result.request, *std::move(encoded));
  }
}

void SessionImpl::OnChunk(const wire::Chunk& chunk, const Bytes& payload) {
  auto added = assembler_.Add(chunk, payload);
  Send(assembler_.Acknowledge(clock_.Now())).IgnoreError();
  if (!added.ok()) {
    if (open_.contains(chunk.request) && open_[chunk.request].result.has_value()) {
      FailOnBothSides(chunk.request, Annotate(added.status(), "result"));
    } else {
      Break(added.status());
    }
  } else if (added->has_value()) {
    Complete(chunk.request, **std::move(added));
  }
}

}  // namespace tideline
