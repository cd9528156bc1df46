#include "protocol/client/pulse.h"

#include <algorithm>

namespace tideline {

wire::Heartbeat Pulse::Ask(absl::Duration now, uint64_t chunk_bytes) {
  asked_ = now;
  const auto sent_us = static_cast<uint64_t>(std::max<int64_t>(absl::ToInt64Microseconds(now), 1));
  questions_.push_back({sent_us, chunk_bytes});
  if (questions_.size() > kMaxQuestions) {
    questions_.pop_front();
  }
  return {.sent_us = sent_us};
}

absl::StatusOr<std::optional<absl::Duration>> Pulse::OnAnswer(absl::Duration now,
                                                              const wire::Heartbeat& answer,
                                                              uint64_t acknowledged) {
  const auto question = std::find_if(questions_.begin(), questions_.end(),
                                     [&](const Question& q) { return q.sent_us == answer.echo; });
  if (question == questions_.end()) {
    return std::nullopt;
  }
  const absl::Duration sample = now - absl::Microseconds(answer.echo);
  rtt_ = rtt_ == absl::InfiniteDuration() ? sample : rtt_ * 0.875 + sample * 0.125;
  const uint64_t before = to_be_acknowledged_;
  to_be_acknowledged_ = question->chunk_bytes;
  questions_.erase(questions_.begin(), question + 1);
  if (acknowledged < before) {
    return DataLoss(
        "the peer has acknowledged {} bytes of chunks and answers a heartbeat sent "
        "after {}",
        acknowledged, before);
  }
  return sample;
}

}  // namespace tideline
