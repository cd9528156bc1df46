#pragma once

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace tideline {

// Where the time of one answered request went.
struct InferTimes {
  absl::Duration total;
  absl::Duration queue;
  absl::Duration input;     // encoding, decoding, the link
  absl::Duration infer;     // head and tail
  uint64_t inferences = 1;  // rows of its batch
};

// What `GET /v2/models/{m}/stats` answers, since the start. Thread-safe.
class ModelStatistics {
 public:
  void OnSuccess(const InferTimes& times, absl::Time now);
  void OnFailure(absl::Duration total);

  std::string Json(const std::string& model, int64_t version) const;

 private:
  struct Sum {
    uint64_t count = 0;
    absl::Duration time;
  };

  mutable absl::Mutex mutex_;
  Sum success_ ABSL_GUARDED_BY(mutex_);
  Sum fail_ ABSL_GUARDED_BY(mutex_);
  Sum queue_ ABSL_GUARDED_BY(mutex_);
  Sum input_ ABSL_GUARDED_BY(mutex_);
  Sum infer_ ABSL_GUARDED_BY(mutex_);
  uint64_t inferences_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time last_ ABSL_GUARDED_BY(mutex_) = absl::UnixEpoch();
};

}  // namespace tideline
