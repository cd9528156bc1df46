#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "absl/time/time.h"

#include "common/base/status.h"
#include "protocol/messages.h"

namespace tideline {

// The heartbeats of one session: when to ask, what the answers say of the round trip, and whether
// chunks were lost on the way. Pure: `now` is the caller's monotonic clock. Thread-compatible.
class Pulse {
 public:
  // A new session.
  void Reset(absl::Duration now) { *this = Pulse(now); }

  explicit Pulse(absl::Duration now) : heard_(now), asked_(now) {}

  void OnHeard(absl::Duration now) { heard_ = now; }
  absl::Duration silence(absl::Duration now) const { return now - heard_; }
  bool IsDue(absl::Duration now, absl::Duration interval) const { return now - asked_ >= interval; }

  // A question to send now; `chunk_bytes` are the payload bytes of chunks sent before it.
  wire::Heartbeat Ask(absl::Duration now, uint64_t chunk_bytes);

  // An answer; `acknowledged` are the bytes of chunks the peer has acknowledged. Returns the round
  // trip; nullopt for one that belongs to no question, which is ignored. Errors: DataLoss where the
  // peer answers a question and has not acknowledged what was sent before the last question but
  // one: frames come in order, so chunks were lost, and the window would never open again.
  absl::StatusOr<std::optional<absl::Duration>> OnAnswer(absl::Duration now,
                                                         const wire::Heartbeat& answer,
                                                         uint64_t acknowledged);

  // For how long the oldest question has waited; 0 where none does.
  absl::Duration waiting(absl::Duration now) const {
    return questions_.empty() ? absl::ZeroDuration()
                              : now - absl::Microseconds(questions_.front().sent_us);
  }

  // Smoothed as TCP does; infinite before the first answer.
  absl::Duration rtt() const { return rtt_; }

 private:
  struct Question {
    uint64_t sent_us = 0;
    uint64_t chunk_bytes = 0;
  };
  static constexpr size_t kMaxQuestions = 1024;

  absl::Duration heard_;
  absl::Duration asked_;
  absl::Duration rtt_ = absl::InfiniteDuration();
  std::deque<Question> questions_;   // without an answer yet, oldest first
  uint64_t to_be_acknowledged_ = 0;  // bytes, by the next answer
};

}  // namespace tideline
