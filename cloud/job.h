#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cloud/decoding.h"
#include "common/base/bytes.h"
#include "common/base/clock.h"
#include "common/model/served_model.h"
#include "common/telemetry/failure_streak.h"
#include "protocol/codec/parameters.h"
#include "protocol/messages.h"
#include "protocol/transport/transport.h"

namespace tideline {

struct JobEnd;

// A request that has arrived, as far as it will.
struct Job {
  PeerId peer = kServer;  // kServer: it came over HTTP
  std::string user;       // the edge's authenticated name; what fairness is between
  uint64_t request = 0;
  std::shared_ptr<const ServedModel> model;
  std::shared_ptr<const ParameterStore> parameters;  // of the model's codecs
  Frontier cut;
  std::vector<EncodedTensor> tensors;
  // What came of them, or what was decoded of them meanwhile.
  std::vector<Bytes> encoded;
  std::optional<DecodedTensors> decoded;
  MonotonicTime arrived;                             // its last chunk, or its end
  MonotonicTime expires = absl::InfiniteDuration();  // nobody waits for the answer after this
  bool encodes = true;                               // its outputs, for the link
  uint64_t held = 0;  // bytes of `decoded` that count as its own, not as the decode thread's

  // I/O thread only. Whether nobody waits for it any more, as far as one sees; empty: somebody
  // does.
  std::function<bool()> is_unwanted;
  // Told of its end, once, unless it was cancelled.
  std::function<void(const Job& job, JobEnd end)> done;

  // That it takes while it waits.
  uint64_t bytes() const {
    uint64_t sum = held;
    for (const Bytes& tensor : encoded) {
      sum += tensor.size();
    }
    return sum;
  }
};

// What the worker made of a job.
struct TailResult {
  std::vector<Tensor> outputs;
  std::vector<EncodedTensor> tensors;  // these, encoded where the job says so
  std::vector<Bytes> encoded;
  absl::Duration decode;  // what it took after the last byte
  absl::Duration tail;
  int tolerance = 0;  // levels that a value of the cut may be off, where it was cut short
};

// How a job ended.
struct JobEnd {
  // Errors: those of RunTail; DeadlineExceeded or Cancelled where it never ran.
  absl::StatusOr<TailResult> result;
  std::optional<MonotonicTime> started;  // nullopt: it never ran
};

// Decodes what is not yet, normalises where the input came as an image, runs the tail and encodes
// its results. `engine` is told how the engine fared. Worker thread; blocks.
// Errors: DataLoss or InvalidArgument for what cannot be decoded, those of PreparedModel::Run.
absl::StatusOr<TailResult> RunTail(const Job& job, uint64_t max_tensor, FailureStreak& engine);

}  // namespace tideline
