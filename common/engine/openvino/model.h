#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include <openvino/runtime/core.hpp>

#include "common/base/worker_thread.h"
#include "common/engine/engine.h"
#include "common/engine/openvino/compiled_segment.h"
#include "common/engine/openvino/segment_store.h"
#include "common/engine/plan.h"

namespace tideline::openvino {

// A network on one device. It is divided at the frontiers that are kept ready; a segment runs as
// the consecutive pieces in it, so that one packed copy of the weights serves every cut, and what
// is missing is compiled by MakeReady or at its first use. Pieces are compiled in the background
// from the start. A segment of several pieces that is asked for often is compiled whole in the
// background, where memory_limit leaves room beside the pieces. One thread compiles in the
// background, at low priority.
class OpenVinoModel : public PreparedModel {
 public:
  struct Parts {
    std::vector<Frontier> stops;  // frontiers that are kept ready
    std::set<NodeId> unsupported;
    uint64_t memory_limit = 0;
  };

  OpenVinoModel(std::shared_ptr<const Program> program, CompileContext context, Parts parts);
  ~OpenVinoModel() override;

  absl::StatusOr<std::vector<Tensor>> Run(const Segment& segment, std::span<const Tensor> inputs,
                                          const RunOptions& options) override;
  // Nothing is promised where memory_limit does not hold all of it at once.
  absl::Status MakeReady(std::span<const Segment> segments) override;
  // Compiles `segment` whole once more, with counters.
  absl::StatusOr<std::vector<double>> TimeNodes(const Segment& segment,
                                                std::span<const Tensor> inputs, int runs) override;
  EngineDescription Describe() const override;

 private:
  using Store = SegmentStore<CompiledSegment>;

  // How a segment runs with one batch; made at its first use.
  struct Route {
    absl::StatusOr<std::vector<Segment>> parts;
    int runs = 0;  // while it ran in parts
  };

  Route& RouteOf(const Segment& segment, int64_t batch);
  absl::StatusOr<std::vector<Segment>> FindParts(const Segment& segment, int64_t batch) const;
  absl::StatusOr<uint64_t> BytesOf(const Segment& segment, int64_t batch) const;
  absl::Status CheckSupported(const Segment& segment) const;
  absl::Status CompileParts(const Segment& segment, int64_t batch);
  int64_t OwnBatch() const { return program_->dynamic_batch ? 1 : program_->static_batch; }
  absl::StatusOr<std::shared_ptr<CompiledSegment>> Compiled(const Segment& segment, int64_t batch);
  Store::Role RoleOf(const Segment& segment) const;
  // Thread of its own; an error shows again when the segment is asked for.
  void CompileInBackground(const Segment& segment, int64_t batch);
  absl::StatusOr<std::vector<Tensor>> RunParts(std::span<const Segment> parts, int64_t batch,
                                               std::span<const Tensor> inputs,
                                               const std::stop_token& stop);
  // Counts a run, and has the whole compiled where there have been many in several parts.
  void Count(Route& route, const Segment& segment, int64_t batch);

  const std::shared_ptr<const Program> program_;
  const CompileContext context_;
  const Parts parts_;
  Store store_;
  std::map<SegmentKey, Route> routes_;
  std::atomic<bool> stopping_ = false;
  WorkerThread background_;  // last: its jobs use the rest
};

}  // namespace tideline::openvino
