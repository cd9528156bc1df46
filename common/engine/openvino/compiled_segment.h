#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include <openvino/runtime/core.hpp>

#include "common/base/status.h"
#include "common/engine/openvino/convert.h"
#include "common/engine/openvino/device.h"
#include "common/engine/openvino/disk_cache.h"
#include "common/engine/plan.h"
#include "common/tensor/tensor.h"

// One segment compiled for one batch: with a dynamic batch OpenVINO is 4 to 5 % slower at batch 1
// (MobileNetV2, SqueezeNet 1.1, ResNet-18, one thread), and compiling a large transformer exhausts
// memory. Inside the module only.
namespace tideline::openvino {

// Part of every key on disk; changes whenever programs are folded or lowered otherwise than before.
inline constexpr int kCompileVersion = 1;

// What is the same for every segment of a model.
struct CompileContext {
  std::shared_ptr<ov::Core> core;
  Device device;
  std::optional<DiskCache> cache;
  uint64_t memory_limit = 0;  // of one compilation; 0 = none
};

// What a compiled segment takes: a packed copy of its weights and room for two values.
uint64_t EstimateBytes(const Program& program, const SegmentPlan& plan, int64_t batch);

// What compiling it takes at most, where nothing goes wrong: several copies of the weights, every
// value (OpenVINO computes what is constant) and what it keeps per operator.
uint64_t EstimateCompileBytes(const Program& program, const SegmentPlan& plan, int64_t batch);

class CompiledSegment {
 public:
  // Takes it from the disk cache or converts, compiles and stores it there. Blocks for 0.05 to 1 s.
  // What may take more than context.memory_limit to compile is compiled contained (contained.h).
  // The plan has no unsupported node. Throws what OpenVINO throws. Errors: Internal where OpenVINO
  // makes other shapes than the export; those of CompileContained.
  static absl::StatusOr<std::shared_ptr<CompiledSegment>> Create(
      const CompileContext& context, std::shared_ptr<const Program> program,
      const SegmentPlan& plan, int64_t batch);

  // Blocks. One tensor per value of the plan's outputs, contiguous, in memory of its own (or that
  // of an input that passes through). One Run at a time. Throws what OpenVINO throws, where `stop`
  // ended it, too.
  absl::StatusOr<std::vector<Tensor>> Run(std::span<const Tensor> inputs,
                                          const std::stop_token& stop);

 private:
  // Where an output of the segment comes from.
  struct Source {
    enum class Kind { kComputed, kInput, kConstant } kind = Kind::kComputed;
    size_t index = 0;  // of the model's result, or of the segment's input
    ValueId value = 0;
  };

  CompiledSegment(std::shared_ptr<const Program> program, int64_t batch)
      : program_(std::move(program)), batch_(batch) {}

  // False where there is nothing, or nothing that OpenVINO takes.
  bool Import(const CompileContext& context, std::optional<DiskCache::Entry> stored);
  absl::Status Compile(const CompileContext& context, const std::shared_ptr<ov::Model>& model,
                       bool contained);
  void Wire(const SegmentPlan& plan, const Computation& part,
            std::span<const OutputSource> sources);
  absl::Status CheckShapes(const Computation& part) const;

  const std::shared_ptr<const Program> program_;
  const int64_t batch_;
  std::optional<DiskCache::Entry> stored_;  // what an imported model lies in; outlives it
  ov::CompiledModel model_;                 // empty where nothing is computed
  ov::InferRequest request_;
  std::vector<size_t> read_;     // by parameter: which of the segment's inputs
  std::vector<ValueId> made_;    // by result
  std::vector<Source> outputs_;  // by output of the segment
};

}  // namespace tideline::openvino
