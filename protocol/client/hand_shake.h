#pragma once

#include <cstdint>
#include <random>

#include "absl/time/time.h"

#include "common/base/status.h"
#include "protocol/client/session.h"
#include "protocol/messages.h"

// The pure parts of a client's hand-shake. Thread-compatible.
namespace tideline {

// Growing pauses between attempts, each shortened by chance so that many clients do not come back
// at the same moment.
class Backoff {
 public:
  Backoff(absl::Duration first, absl::Duration longest)
      : first_(first), longest_(longest), pause_(first) {}

  // Half to all of the pause that is due; the one after it is twice as long.
  absl::Duration Next(std::mt19937_64& random);
  void Reset() { pause_ = first_; }

 private:
  absl::Duration first_;
  absl::Duration longest_;
  absl::Duration pause_;
};

wire::Hello MakeHello(const SessionOptions& options, uint64_t session);

// Whether a welcome with our session number is one that we can work with.
// Errors: FailedPrecondition for a version outside our ranges, InvalidArgument where it has not as
// many models as the hello or accepts no bytes.
absl::Status CheckWelcome(const wire::Welcome& welcome, const wire::Hello& hello);

// A number for a new session. Never 0, lowest byte 0.
uint64_t NewSession(std::mt19937_64& random);
// The number for the same session with other models.
uint64_t NextRevision(uint64_t session);

// Whether the cloud would take the request, by what its welcome says; `begun`: its bytes are still
// to come. `open_bytes` are the encoded bytes of the requests that it has not answered yet.
// Errors: FailedPrecondition for a model that is not served and for what is begun in a version of
// the protocol that has it not, InvalidArgument where tensors and bytes do not fit each other,
// ResourceExhausted over max_tensor or max_inflight.
absl::Status CheckSubmission(const Submission& submission, bool begun, const wire::Welcome& welcome,
                             uint64_t open_bytes);

// FailedPrecondition with the cloud's reason where a model is not served.
absl::Status CheckModel(uint16_t index, const wire::Welcome& welcome);

}  // namespace tideline
