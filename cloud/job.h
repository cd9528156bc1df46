#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/clock.h"
#include "common/model/served_model.h"
#include "protocol/codec/parameters.h"
#include "protocol/messages.h"
#include "protocol/transport/transport.h"

namespace tideline {

// A request that has arrived, as far as it will.
struct Job {
  PeerId peer = 0;
  std::string user;  // the edge's authenticated name; what fairness is between
  uint64_t request = 0;
  std::shared_ptr<const ServedModel> model;
  std::shared_ptr<const ParameterStore> parameters;  // of the model's codecs
  Frontier cut;
  std::vector<EncodedTensor> tensors;
  std::vector<Bytes> encoded;
  MonotonicTime arrived;                             // its last chunk
  MonotonicTime expires = absl::InfiniteDuration();  // nobody waits for the answer after this

  uint64_t bytes() const {
    uint64_t sum = 0;
    for (const Bytes& tensor : encoded) {
      sum += tensor.size();
    }
    return sum;
  }
};

// What the worker made of a job.
struct TailResult {
  std::vector<EncodedTensor> tensors;
  std::vector<Bytes> encoded;
  absl::Duration decode;
  absl::Duration tail;
  int tolerance = 0;  // levels that a value of the cut may be off, where it was cut short
};

// Decodes, normalises where the input came as an image, runs the tail and encodes its results:
// all the heavy work of one request. Worker thread; blocks.
// Errors: DataLoss or InvalidArgument for what cannot be decoded, those of PreparedModel::Run.
absl::StatusOr<TailResult> RunTail(const Job& job, uint64_t max_tensor);

}  // namespace tideline
