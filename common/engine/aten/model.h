#pragma once

#include <memory>
#include <vector>

#include "common/base/status.h"
#include "common/engine/aten/batch_slices.h"
#include "common/engine/aten/lowered.h"
#include "common/engine/aten/operation.h"
#include "common/engine/aten/plan_run.h"
#include "common/engine/engine.h"
#include "common/engine/plan.h"

// A network that is ready to run. Inside the module only.
namespace tideline::aten {

class AtenModel : public PreparedModel {
 public:
  // Errors: Unimplemented naming every operator or argument that LibTorch lacks.
  static absl::StatusOr<std::unique_ptr<AtenModel>> Create(std::shared_ptr<const Program> program,
                                                           Lowered lowered, int threads);

  absl::StatusOr<std::vector<Tensor>> Run(const Segment& segment, std::span<const Tensor> inputs,
                                          const RunOptions& options) override;
  absl::StatusOr<std::vector<double>> TimeNodes(const Segment& segment,
                                                std::span<const Tensor> inputs, int runs) override;
  EngineDescription Describe() const override;

 private:
  AtenModel(std::shared_ptr<const Program> program, Lowered lowered, int threads)
      : program_(std::move(program)),
        lowered_(std::move(lowered)),
        threads_(threads),
        slices_(lowered_, threads) {}

  absl::StatusOr<std::vector<Tensor>> RunHooked(const Segment& segment,
                                                std::span<const Tensor> inputs,
                                                const RunHooks& hooks);
  absl::StatusOr<std::vector<Tensor>> RunPlan(PlanRun& run, const SegmentPlan& plan, int64_t batch,
                                              std::span<const Tensor> inputs) const;
  at::Tensor Enter(ValueId id, const Tensor& tensor) const;
  absl::StatusOr<Tensor> Leave(ValueId id, const at::Tensor& tensor) const;

  const std::shared_ptr<const Program> program_;  // as the user knows it
  const Lowered lowered_;                         // as it runs
  const int threads_;
  const BatchSlices slices_;           // of lowered_
  std::vector<Operation> operations_;  // by NodeId of lowered_
  std::vector<NodeId> origins_;        // likewise: the node of program_ that it runs for
  std::vector<ValueId> read_late_;     // constants that are read from the table, by ValueId
  int64_t weight_bytes_ = 0;
  PlanCache plans_;
};

}  // namespace tideline::aten
