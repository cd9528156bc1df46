#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "common/base/bytes.h"
#include "common/base/clock.h"
#include "common/tensor/tensor.h"

namespace tideline {

// Who computed an answer (design: "path").
enum class Path { kSplit, kEdge, kCloud, kFallback };
constexpr std::array<std::string_view, 4> EnumNames(Path) {
  return {"split", "edge", "cloud", "fallback"};
}
constexpr bool ByCloud(Path path) { return path == Path::kSplit || path == Path::kCloud; }

// Where a request's time went; zero for what it did not pass. What is sent while it is encoded
// counts as encode, what is decoded while it comes as link: the parts follow each other.
struct Latency {
  absl::Duration total;   // from admission to the result
  absl::Duration head;    // preprocessing and head, on the edge
  absl::Duration encode;  // from the head's end to the end of encoding
  absl::Duration link;    // from then to the answer, without the cloud's own time
  absl::Duration decode;  // on the cloud, after the last byte came
  absl::Duration queue;   // on the cloud
  absl::Duration tail;    // on the cloud, or here for a local finish
};

// When a request passed its stages, by the edge's own clock; zero for what it did not pass.
struct Timeline {
  MonotonicTime admitted;
  MonotonicTime started;       // its turn on the compute thread
  MonotonicTime encode_begun;  // the head has ended
  MonotonicTime replied;       // all of the cloud's answer had come
  absl::Duration round_trip;   // until then, from the end of encoding
  MonotonicTime cloud_ended;   // the answer left the cloud, by half a round trip
  uint64_t cloud_request = 0;  // its number in the session
  MonotonicTime finish_begun;  // of the finish here
};

// The one answer to one admitted frame; sinks write it as the record of field "Result record".
struct Result {
  absl::Time time;  // when it was answered
  std::string id;   // stable across runs where the source's inputs are
  std::string source;
  uint64_t seq = 0;
  std::string model;
  int64_t version = 0;
  Path path = Path::kEdge;
  std::string cut;        // "" where none was in force
  std::string codec;      // "" where nothing was sent
  std::string cloud;      // address of the one that answered; "" = none
  std::string engine;     // that ran last on the edge; "" = unknown
  std::string precision;  // of that engine; "" = unknown
  uint64_t bytes_up = 0;
  int tolerance = 0;       // levels that a value of the cut may have been off, as it was cut short
  uint64_t raw_bytes = 0;  // of the input as the network has it: uint8 for an image
  Bytes file;              // the image file that the input came as; empty where it came as a tensor
  Tensor pixels;           // the image that it came as, where that was no file; else undefined
  Latency latency;
  Timeline timeline;
  std::string traceparent;           // as SourceFrame has it
  std::optional<bool> deadline_met;  // nullopt: there was no deadline
  std::string label;                 // of the best class; its index where the model has no labels
  std::optional<double> score;       // of that class, 0 to 1; nullopt where nothing is classified
  std::vector<Tensor> outputs;       // the network's results; empty on an error
  absl::Status error;                // why there is no answer
};

}  // namespace tideline
