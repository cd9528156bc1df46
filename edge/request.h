#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "boost/asio/steady_timer.hpp"

#include "common/base/bytes.h"
#include "common/base/clock.h"
#include "edge/deployment.h"
#include "edge/held_bytes.h"
#include "edge/result.h"
#include "edge/source/source.h"
#include "partitioner/policy/decision.h"

namespace tideline {

// One try to have a request answered by a cloud.
struct Attempt {
  size_t cloud = 0;  // its place among Clouds
  int number = 1;    // from 1
};

// When what is sent was encoded.
struct EncodingTime {
  MonotonicTime begun;
  absl::Duration taken;  // so far
};

// What has been encoded since the last one.
struct EncodedPiece {
  size_t tensor = 0;
  Bytes bytes;
};

// One frame on its way to its result. The compute thread writes the tensors before it hands the
// request to the I/O thread; the answer's state belongs to the I/O thread, but for `answered`,
// which the compute thread reads to skip work that is no longer wanted.
struct Request {
  SourceFrame frame;
  std::shared_ptr<const Deployment> deployment;
  MonotonicTime admitted;
  MonotonicTime deadline = absl::InfiniteDuration();
  std::function<void(Result)> done;  // takes the result in the sink's place; empty: the sink has it

  std::optional<HeldBytes> held;  // what it came as, and of the tensors below raw and cut

  // Compute thread.
  Tensor raw;                        // images: resized uint8 [H, W, C]
  std::vector<Tensor> inputs;        // normalised, batch 1
  std::vector<Tensor> cut;           // values of the frontier; held until the request is answered
  Way way;                           // how it is answered, where the cloud can be asked
  std::optional<Decision> decision;  // of it; nullopt where the partition file fixes the cut
  MonotonicTime started;
  Latency latency;  // head; encode is the I/O thread's

  // The latest; the compute thread's until the first one leaves, then the I/O thread's. nullopt
  // where no cloud is asked.
  std::optional<Attempt> attempt;

  // I/O thread.
  std::set<size_t> failed;     // clouds that were asked
  MonotonicTime encode_begun;  // of the latest attempt
  uint64_t session_id = 0;     // 0 = nothing is open in the cloud
  std::unique_ptr<boost::asio::steady_timer> finish_timer;
  absl::Status finish_failure;  // why the local finish has no result
  uint64_t bytes_up = 0;
  uint64_t bytes_lost = 0;  // of them, those for clouds that failed it
  bool retrying = false;    // the compute thread encodes it for another cloud
  bool encoding = false;    // the compute thread still makes what is being sent
  bool finishing = false;   // a local finish is queued or running

  std::atomic<bool> answered = false;
  std::atomic<int> unwanted = 0;  // up to this attempt, what is still to be encoded
  std::stop_source stop;          // of the local finish, once it is answered
};

// How a request was answered, or why it could not be.
struct Outcome {
  absl::StatusOr<std::vector<Tensor>> outputs = std::vector<Tensor>();
  Path path = Path::kEdge;
  Latency latency;      // link, decode, queue and tail
  int tolerance = 0;    // as in Result
  Timeline times = {};  // what this answer knows of it: the rest is the request's
  absl::Duration cpu = absl::ZeroDuration();  // of a local finish, on its thread
  std::string cloud = {};                     // address of the one that answered; "" = none
};

using RequestPtr = std::shared_ptr<Request>;

}  // namespace tideline
