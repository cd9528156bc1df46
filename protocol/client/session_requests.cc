#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "common/telemetry/log.h"
#include "protocol/client/session_impl.h"

namespace tideline {
namespace {

// What is left of a budget, as the wire has it: at least 1, 0 for none.
uint32_t BudgetMilliseconds(absl::Duration budget) {
  if (budget == absl::InfiniteDuration()) {
    return 0;
  }
  return static_cast<uint32_t>(
      std::clamp<int64_t>(absl::ToInt64Milliseconds(budget), 1, UINT32_MAX));
}

}  // namespace

uint64_t SessionImpl::Submit(Submission submission, ReplyCallback done) {
  return Start(std::move(submission), /*begun=*/false, std::move(done));
}

// `begun`: the tensors' bytes are still to come.
uint64_t SessionImpl::Start(Submission submission, bool begun, ReplyCallback done) {
  const uint64_t id = ++last_id_;
  absl::Status status = CheckState(submission.budget);
  if (status.ok()) {
    status = CheckSubmission(submission, begun, *welcome_, open_bytes_);
  }
  OpenRequest open;
  const absl::Duration budget = submission.budget;
  if (status.ok()) {
    status = Announce(id, std::move(submission), begun, open);
  }
  if (!status.ok()) {
    Call(std::move(done), status);
    return id;
  }
  open.done = std::move(done);
  open_bytes_ += open.announced;
  OpenRequest& opened = open_.emplace(id, std::move(open)).first->second;
  StartBudget(id, opened, budget);
  CutShortInTime(id, opened);
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

// Sends the header and queues what there is to send.
absl::Status SessionImpl::Announce(uint64_t id, Submission submission, bool begun,
                                   OpenRequest& open) {
  wire::Request request;
  request.id = id;
  request.model = submission.model;
  request.cut = std::move(submission.cut);
  request.budget_ms = BudgetMilliseconds(submission.budget);
  request.tensors = std::move(submission.tensors);
  request.open = begun;
  RETURN_IF_ERROR(Send(request));
  open.begun = clock_.Now();
  open.given = open.begun;
  open.arrive_by = open.begun + submission.arrive_within;
  for (const EncodedTensor& tensor : request.tensors) {
    open.announced += tensor.encoded_bytes;
    open.room.push_back(begun ? tensor.encoded_bytes : 0);
  }
  open.bytes = begun ? 0 : open.announced;
  const absl::Status status =
      begun ? sender_.Open(id, open.room.size(),
                           [this, id](const std::vector<uint64_t>& sent) { OnAllSent(id, sent); })
            : sender_.Add(open.begun, id, std::move(submission.encoded));
  if (!status.ok()) {
    Send(wire::Cancel{id}).IgnoreError();
  }
  return status;
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

void SessionImpl::StartBudget(uint64_t id, OpenRequest& open, absl::Duration budget) {
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
void SessionImpl::CutShortInTime(uint64_t id, OpenRequest& open) {
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

void SessionImpl::CutShort(uint64_t id, OpenRequest& open) {
  if (const std::optional<wire::End> end = sender_.CutShort(id)) {
    open.bytes_sent = std::accumulate(end->bytes.begin(), end->bytes.end(), uint64_t{0});
    open.given = std::max(open.given, clock_.Now());
    Send(*end).IgnoreError();
  }
}

uint64_t SessionImpl::Cancel(uint64_t id) {
  return FailOnBothSides(id, Cancelled("by the caller"));
}

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
uint64_t SessionImpl::Remove(std::map<uint64_t, OpenRequest>::iterator open) {
  const uint64_t waiting = sender_.queued();
  sender_.Cancel(open->first);
  const uint64_t sent =
      open->second.bytes_sent.value_or(open->second.bytes - (waiting - sender_.queued()));
  assembler_.Drop(open->first);
  open_bytes_ -= open->second.announced;
  open_.erase(open);
  return sent;
}

// Returns the payload bytes of it that went out.
uint64_t SessionImpl::Fail(uint64_t id, const absl::Status& why) {
  const auto open = open_.find(id);
  if (open == open_.end()) {
    return 0;
  }
  ReplyCallback done = std::move(open->second.done);
  const uint64_t sent = Remove(open);
  Call(std::move(done), why);
  return sent;
}

uint64_t SessionImpl::FailOnBothSides(uint64_t id, const absl::Status& why) {
  if (!open_.contains(id)) {
    return 0;
  }
  const uint64_t sent = Fail(id, why);
  Send(wire::Cancel{id}).IgnoreError();
  return sent;
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
  reply.encoding = open->second.given - open->second.begun;
  reply.round_trip = clock_.Now() - open->second.given;
  ReplyCallback done = std::move(open->second.done);
  reply.bytes_up = Remove(open);
  Call(std::move(done), std::move(reply));
}

}  // namespace tideline
