#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "common/telemetry/log.h"
#include "protocol/client/session_impl.h"

namespace tideline {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

// What is left of a budget, as the wire has it: at least 1, 0 for none.
uint32_t BudgetMilliseconds(absl::Duration budget) {
  if (budget == absl::InfiniteDuration()) {
    return 0;
  }
  return static_cast<uint32_t>(
      std::clamp<int64_t>(absl::ToInt64Milliseconds(budget), 1, UINT32_MAX));
}

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

uint64_t SessionImpl::Submit(Submission submission, ReplyCallback done) {
  const uint64_t id = ++last_id_;
  absl::Status status = CheckState(submission.budget);
  if (status.ok()) {
    status = CheckSubmission(submission, *welcome_, open_bytes_);
  }
  if (status.ok()) {
    status = Start(id, std::move(submission), done);
  }
  if (!status.ok()) {
    Call(std::move(done), status);
  }
  return id;
}

// Whether anything can be asked for.
absl::Status SessionImpl::CheckState(absl::Duration budget) const {
  if (draining_) {
    return Unavailable("this session is draining");
  }
  if (state_ != LinkState::kReady) {
    return Unavailable("no cloud: {}", reason_.empty() ? "not connected yet" : reason_);
  }
  if (budget <= absl::ZeroDuration()) {
    return DeadlineExceeded("the budget is used up before the request is sent");
  }
  return absl::OkStatus();
}

// Takes `done` where it succeeds.
absl::Status SessionImpl::Start(uint64_t id, Submission submission, ReplyCallback& done) {
  wire::Request request;
  request.id = id;
  request.model = submission.model;
  request.cut = std::move(submission.cut);
  request.budget_ms = BudgetMilliseconds(submission.budget);
  request.tensors = std::move(submission.tensors);
  RETURN_IF_ERROR(Send(request));
  Open& open = open_[id];
  open.submitted = clock_.Now();
  for (const Bytes& bytes : submission.encoded) {
    open.bytes += bytes.size();
  }
  if (const absl::Status status = sender_.Add(open.submitted, id, std::move(submission.encoded));
      !status.ok()) {
    open_.erase(id);
    Send(wire::Cancel{id}).IgnoreError();
    return status;
  }
  open.done = std::move(done);
  open_bytes_ += open.bytes;
  StartBudget(id, open, submission.budget);
  open.arrive_by = open.submitted + submission.arrive_within;
  CutShortInTime(id, open);
  return absl::OkStatus();
}

// Null for never.
std::unique_ptr<boost::asio::steady_timer> SessionImpl::After(absl::Duration time,
                                                              std::function<void()> callback) {
  if (time == absl::InfiniteDuration()) {
    return nullptr;
  }
  auto timer = std::make_unique<boost::asio::steady_timer>(io_);
  timer->expires_after(absl::ToChronoNanoseconds(std::max(time, absl::ZeroDuration())));
  timer->async_wait([alive = std::weak_ptr(alive_),
                     callback = std::move(callback)](const boost::system::error_code& error) {
    if (!error && !alive.expired()) {
      callback();
    }
  });
  return timer;
}

void SessionImpl::StartBudget(uint64_t id, Open& open, absl::Duration budget) {
  open.budget = After(budget, [this, id, budget] {
    FailOnBothSides(id, DeadlineExceeded("no answer within the budget of {}",
                                         std::string(absl::FormatDuration(budget))));
  });
}

// How long what was sent last takes to arrive, with room for a link that just became slower: to be
// late costs the answer, to be early a little of its precision.
absl::Duration SessionImpl::OnTheWay(absl::Duration left) const {
  constexpr double kRoom = 1.5;
  const SendWindow& window = sender_.window();
  if (window.rate() <= 0) {
    return left / 2;  // nothing is known yet
  }
  const double sending = static_cast<double>(window.in_flight()) / window.rate();
  return kRoom * (window.base_rtt() + absl::Seconds(sending));
}

// What is on its way changes: looks again and again, at half of the time that seems to be left.
void SessionImpl::CutShortInTime(uint64_t id, Open& open) {
  if (open.arrive_by == absl::InfiniteDuration()) {
    return;
  }
  constexpr absl::Duration kLeast = absl::Milliseconds(1);
  const absl::Duration left = open.arrive_by - clock_.Now();
  const absl::Duration pause = left - OnTheWay(left);
  if (pause < kLeast) {
    CutShort(id, open);
    return;
  }
  open.cut_short = After(pause / 2, [this, id] {
    if (const auto found = open_.find(id); found != open_.end()) {
      CutShortInTime(id, found->second);
    }
  });
}

void SessionImpl::CutShort(uint64_t id, Open& open) {
  if (std::optional<std::vector<uint64_t>> sent = sender_.CutShort(id)) {
    open.bytes_sent = std::accumulate(sent->begin(), sent->end(), uint64_t{0});
    Send(wire::End{id, *std::move(sent)}).IgnoreError();
  }
}

void SessionImpl::Cancel(uint64_t id) { FailOnBothSides(id, Cancelled("by the caller")); }

absl::Status SessionImpl::ModelReady(uint16_t index) const {
  if (state_ != LinkState::kReady) {
    return Unavailable("no cloud: {}", reason_.empty() ? "not connected yet" : reason_);
  }
  return CheckModel(index, *welcome_);
}

void SessionImpl::Call(ReplyCallback done, absl::StatusOr<Reply> reply) {
  callbacks_.Push([done = std::move(done), reply = std::move(reply)]() mutable {
    if (done) {
      done(std::move(reply));
    }
  });
}

// Forgets a request and returns the payload bytes of it that went out.
uint64_t SessionImpl::Close(std::map<uint64_t, Open>::iterator open) {
  const uint64_t waiting = sender_.queued();
  sender_.Cancel(open->first);
  const uint64_t sent =
      open->second.bytes_sent.value_or(open->second.bytes - (waiting - sender_.queued()));
  assembler_.Drop(open->first);
  open_bytes_ -= open->second.bytes;
  open_.erase(open);
  return sent;
}

void SessionImpl::Fail(uint64_t id, const absl::Status& why) {
  const auto open = open_.find(id);
  if (open == open_.end()) {
    return;
  }
  ReplyCallback done = std::move(open->second.done);
  Close(open);
  Call(std::move(done), why);
}

void SessionImpl::FailOnBothSides(uint64_t id, const absl::Status& why) {
  if (open_.contains(id)) {
    Fail(id, why);
    Send(wire::Cancel{id}).IgnoreError();
  }
}

void SessionImpl::FailAll(const absl::Status& why) {
  while (!open_.empty()) {
    Fail(open_.begin()->first, why);
  }
}

void SessionImpl::Complete(uint64_t id, std::vector<Bytes> encoded) {
  const auto open = open_.find(id);
  Reply reply;
  reply.timing = *std::move(open->second.result);
  reply.tensors = std::exchange(reply.timing.tensors, {});
  reply.encoded = std::move(encoded);
  reply.round_trip = clock_.Now() - open->second.submitted;
  ReplyCallback done = std::move(open->second.done);
  reply.bytes_up = Close(open);
  Call(std::move(done), std::move(reply));
}

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
                 [&](const wire::Ack& ack) {
                   live([&] {
                     if (const absl::Status status = sender_.OnAck(clock_.Now(), ack);
                         !status.ok()) {
                       Break(status);
                     }
                   });
                 },
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
          {{"edge", options_.edge}, {"model", options_.models[i].name}, {"reason", status}});
    }
  }
}

void SessionImpl::OnRefusal(const wire::Refusal& refusal) {
  if (refusal.request != 0) {
    Fail(refusal.request, ToStatus(refusal));
    return;
  }
  if (live_ && hello_answered_) {
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
  if (const absl::Status status =
          pulse_.OnAnswer(clock_.Now(), heartbeat, sender_.window().acknowledged());
      !status.ok()) {
    Break(status);
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
