#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cloud/decoding.h"
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
  // What came of them, or what was decoded of them meanwhile.
  std::vector<Bytes> encoded;
  std::optional<DecodedTensors> decoded;
  MonotonicTime arrived;                             // its last chunk, or its end
  MonotonicTime expires = absl::InfiniteDuration();  // nobody waits for the answer after this

  // Encoded ones; what is decoded counts as memory of the decode thread.
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
  absl::Duration decode;  // what it took after the last byte
  absl::Duration tail;
  int tolerance = 0;  // levels that a value of the cut may be off, where it was cut short
};

// Decodes what is not yet, normalises where the input came as an image, runs the tail and encodes
// its results. Worker thread; blocks.
// Errors: DataLoss or InvalidArgument for what cannot be decoded, those of PreparedModel::Run.
absl::StatusOr<TailResult> RunTail(const Job& job, uint64_t max_tensor);

}  // namespace tideline
