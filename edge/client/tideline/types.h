#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tideline/status.h"

// What tideline::Edge takes and gives: C++17 and the standard library alone.
namespace tideline::client {

enum class DType {
  kFloat32,
  kFloat16,
  kBFloat16,
  kFloat64,
  kUInt8,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kBool
};

// Elements in row-major order without gaps, in memory that `owner` keeps alive. Copying shares it.
struct Tensor {
  DType dtype = DType::kFloat32;
  std::vector<int64_t> shape;  // outermost first; an input may lack its batch of 1
  const void* data = nullptr;
  size_t bytes = 0;  // those of all elements
  std::shared_ptr<const void> owner;

  // The elements of a tensor whose dtype is T's.
  template <typename T>
  const T* as() const {
    return static_cast<const T*>(data);
  }
  template <typename T>
  size_t size() const {
    return bytes / sizeof(T);
  }
  // With a copy of `bytes` bytes at `data`.
  TIDELINE_API static Tensor Copy(DType dtype, std::vector<int64_t> shape, const void* data,
                                  size_t bytes);
};

// A JPEG or PNG file, in memory that `owner` keeps alive.
struct Image {
  const void* data = nullptr;
  size_t bytes = 0;
  std::shared_ptr<const void> owner;

  TIDELINE_API static Image Copy(const void* data, size_t bytes);
};

using Input = std::variant<Image, Tensor>;

// Where an edge's settings come from: a file, and settings by their keys in that file, which go
// over it ("cloud.address" -> "tcp://cloud.example:5600"). `tideline-edge --help` has all of them;
// those of source, sink and http mean nothing here.
struct Options {
  std::string config_file;  // "": none
  std::map<std::string, std::string> settings;
};

struct Request {
  // From now; none: the partition file's. The answer still comes where it could not be met.
  std::optional<std::chrono::nanoseconds> deadline;
  std::string id;  // for logs; "": the number of the request
};

// Who computed an answer: head here and tail in the cloud, all here, all in the cloud, or the
// smaller local model.
enum class Path { kSplit, kEdge, kCloud, kFallback };

// Where the time went; zero for what a request did not pass.
struct Latency {
  std::chrono::nanoseconds total{0};
  std::chrono::nanoseconds head{0};    // preprocessing and head, here
  std::chrono::nanoseconds encode{0};  // from the head's end to the end of encoding
  std::chrono::nanoseconds link{0};    // from then to the answer, without the cloud's own time
  std::chrono::nanoseconds decode{0};  // in the cloud, after the last byte came
  std::chrono::nanoseconds queue{0};   // in the cloud
  std::chrono::nanoseconds tail{0};    // in the cloud, or here
};

struct Answer {
  std::string id;
  std::string model;
  int64_t version = 0;
  std::vector<Tensor> outputs;  // the network's results, batch 1
  std::string label;            // of the best class; "" where nothing is classified
  std::optional<double> score;  // of that class, 0 to 1
  Path path = Path::kEdge;
  std::string cut;    // "features.3", "edge", "input"
  std::string codec;  // "" where nothing was sent
  std::string cloud;  // address of the one that answered; "" = none
  uint64_t bytes_up = 0;
  Latency latency;
  std::optional<bool> deadline_met;  // none: there was no deadline
};

struct Statistics {
  std::chrono::nanoseconds uptime{0};
  uint64_t split = 0;  // answers by path, since Open
  uint64_t edge = 0;
  uint64_t cloud = 0;
  uint64_t fallback = 0;
  uint64_t errors = 0;
  uint64_t deadlines_missed = 0;
  uint64_t bytes_up = 0;
  size_t open = 0;              // requests
  bool cloud_ready = false;     // one can be asked now
  std::string model;            // in force
  std::string cut;              // "auto" where it is chosen for each request
  double per_second = 0;        // this and what follows: of the last 10 s
  std::optional<Latency> mean;  // none: nothing was answered
  std::chrono::nanoseconds p50{0};
  std::chrono::nanoseconds p95{0};
  std::chrono::nanoseconds p99{0};
};

}  // namespace tideline::client
