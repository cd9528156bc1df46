#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/program/frontier.h"
#include "common/program/program.h"
#include "common/tensor/tensor.h"

// What runs a network. An engine prepares a program once; the prepared model runs any stretch
// between two canonical frontiers with one copy of the weights.
namespace tideline {

// In which type an engine computes. Values stay float32 at every frontier, whichever it is.
enum class Precision { kFloat32, kBFloat16, kFloat16 };

struct EngineOptions {
  // In the engine's own terms: aten "cpu", "cuda", "cuda:1"; openvino "CPU", "GPU.1", "NPU",
  // "AUTO", "HETERO:GPU,CPU". "" = its default.
  std::string device;
  Precision precision = Precision::kFloat32;
  int threads = 0;  // inside one Run; 0 = as many as the process may use
  // Whether the engine may rewrite the network for speed (packed weights, fused activations);
  // false: every operator as the library runs it, for comparison.
  bool optimize = true;

  // Engines that compile segments. The cache keeps what was compiled across processes.
  std::string cache_folder;                  // "" = none
  uint64_t cache_limit = uint64_t{1} << 30;  // bytes on disk; the oldest entries go first
  uint64_t memory_limit = 0;                 // bytes that compiled segments may take; 0 = no limit
  // Frontiers of one value between which nothing waits for a compilation; none = the engine's own
  // choice, evenly by compute.
  std::vector<std::string> ready;
};

// A stretch of the network: the head is {input, cut}, the tail {cut, edge}, the whole {input,
// edge}.
struct Segment {
  Frontier from;
  Frontier to;
};

struct RunOptions {
  // Ends the run soon after a stop is requested: between two operators, or between two pieces where
  // the engine compiles them. What has begun may still take its time.
  std::stop_token stop;
};

struct EngineDescription {
  std::string engine;     // "aten"
  std::string version;    // of the library behind it
  std::string device;     // "cpu"
  std::string isa;        // instruction set the kernels use: "AVX2"; part of the bit-equal promise
  std::string precision;  // "float32"
  int threads = 1;
  int64_t weight_bytes = 0;
  // Operators that the engine lacks, "aten.x (2 times)", and the program's nodes that have them. A
  // segment with one is Unimplemented, unless another engine helps out ("openvino+aten").
  std::vector<std::string> unsupported;
  std::set<NodeId> unsupported_nodes;
  std::vector<std::string> ready;  // as in EngineOptions, and where `unsupported` begins and ends;
                                   // none = every frontier
};

class PreparedModel {
 public:
  virtual ~PreparedModel() = default;

  // Computes segment.to from segment.from. `inputs` are host tensors, one per value of
  // segment.from (the network's inputs for "input"), with one common batch; the result has one
  // tensor per value of segment.to (the network's results for "edge"), strides as the engine left
  // them. Inputs are only read, and their memory may be shared with results.
  // Blocks. Thread-compatible: one Run at a time on one PreparedModel.
  // Errors: InvalidArgument where the inputs do not fit the segment, Internal where an operator
  // fails, with its name, Cancelled where options.stop ended it.
  virtual absl::StatusOr<std::vector<Tensor>> Run(const Segment& segment,
                                                  std::span<const Tensor> inputs,
                                                  const RunOptions& options = {}) = 0;

  // Has what Run needs for `segments`, with the export's own batch (1 where it is dynamic), made at
  // low priority, so that no Run waits for it. Blocks its caller until that is done.
  // Thread-safe: runs go on meanwhile. Errors: as Run's, of the first segment that cannot be made.
  virtual absl::Status MakeReady(std::span<const Segment> /*segments*/) { return absl::OkStatus(); }

  // How long each node of the program took in runs of `segment`: nanoseconds by NodeId, the median
  // of `runs` runs, 0 for nodes outside. What an engine runs as one counts where its result is
  // made, or is shared out. For shares, not for sums: what an engine does between two nodes is in
  // neither. Blocks. Thread-compatible, with Run. Errors: those of Run; Unimplemented where the
  // engine cannot tell.
  virtual absl::StatusOr<std::vector<double>> TimeNodes(const Segment& /*segment*/,
                                                        std::span<const Tensor> /*inputs*/,
                                                        int /*runs*/) {
    return Unimplemented("engine {}: has no counters of nodes", Describe().engine);
  }

  // Thread-safe.
  virtual EngineDescription Describe() const = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;

  // Blocks for as long as loading takes. The model keeps `program` alive. Thread-safe.
  // Errors: Unimplemented naming every operator that the engine lacks; NotFound for a device.
  virtual absl::StatusOr<std::unique_ptr<PreparedModel>> Prepare(
      std::shared_ptr<const Program> program, const EngineOptions& options) = 0;
};

}  // namespace tideline
