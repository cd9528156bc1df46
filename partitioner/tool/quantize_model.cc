#include "partitioner/tool/quantize_model.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "common/base/clock.h"
#include "common/engine/engines.h"
#include "common/program/frontier.h"
#include "partitioner/quantizer/calibrate.h"
#include "partitioner/quantizer/rewrite.h"
#include "partitioner/tool/progress.h"

namespace tideline {
namespace {

constexpr int kWarmRuns = 5;

// A network in an engine, from its inputs to its results.
class Runner {
 public:
  static absl::StatusOr<Runner> Create(const std::shared_ptr<const Program>& program,
                                       const QuantizeEngine& engine) {
    ASSIGN_OR_RETURN(const std::shared_ptr<Engine> opened, OpenEngine(engine.name));
    const FrontierTable frontiers(*program);
    Runner runner;
    runner.whole_ = {frontiers.input(), frontiers.edge()};
    ASSIGN_OR_RETURN(runner.model_, opened->Prepare(program, engine.options));
    return runner;
  }

  absl::StatusOr<std::vector<Tensor>> Run(std::span<const Tensor> inputs) {
    return model_->Run(whole_, inputs);
  }

  // The same, and how long it took.
  absl::StatusOr<std::vector<Tensor>> Time(std::span<const Tensor> inputs) {
    const MonotonicTime start = clock_.Now();
    ASSIGN_OR_RETURN(std::vector<Tensor> outputs, Run(inputs));
    times_.push_back(absl::ToDoubleMilliseconds(clock_.Now() - start));
    return outputs;
  }

  double MedianMs() {
    const auto middle = times_.begin() + static_cast<ptrdiff_t>(times_.size() / 2);
    std::nth_element(times_.begin(), middle, times_.end());
    return *middle;
  }

 private:
  SystemClock clock_;
  Segment whole_;
  std::unique_ptr<PreparedModel> model_;
  std::vector<double> times_;
};

absl::StatusOr<double> ReferenceError(Runner& runner, const Reference& reference) {
  double error = 0;
  for (const ReferenceCase* each : {&reference.a, &reference.b}) {
    ASSIGN_OR_RETURN(const std::vector<Tensor> outputs, runner.Run(each->inputs));
    error = std::max(error, LargestError(outputs, each->outputs));
  }
  return error;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Program>> QuantizeModel(const Program& program,
                                                             const QuantizeEngine& engine,
                                                             const ExampleInputs& inputs,
                                                             std::span<const size_t> samples,
                                                             const Reference& reference) {
  ASSIGN_OR_RETURN(const std::shared_ptr<Engine> opened, OpenEngine(engine.name));
  ASSIGN_OR_RETURN(const std::unique_ptr<Calibrator> calibrator,
                   Calibrator::Create(program, *opened, engine.options));
  Progress progress(samples.size() + 1);
  for (size_t i = 0; i < samples.size(); ++i) {
    progress.Show(i, "calibrating");
    ASSIGN_OR_RETURN(const Tensor input, inputs.Read(samples[i]));
    RETURN_IF_ERROR(calibrator->Add({&input, 1}));
  }
  for (const ReferenceCase* each : {&reference.a, &reference.b}) {
    RETURN_IF_ERROR(calibrator->Add(each->inputs));
  }
  progress.Show(samples.size(), "searching ranges");
  ASSIGN_OR_RETURN(const ActivationRanges ranges, calibrator->Ranges());
  ASSIGN_OR_RETURN(Program quantized, QuantizeProgram(program, ranges));
  return std::make_shared<const Program>(std::move(quantized));
}

absl::StatusOr<Agreement> CompareModels(const std::shared_ptr<const Program>& before,
                                        const std::shared_ptr<const Program>& after,
                                        const QuantizeEngine& engine, const ExampleInputs& inputs,
                                        const Reference& reference) {
  ASSIGN_OR_RETURN(Runner real, Runner::Create(before, engine));
  ASSIGN_OR_RETURN(Runner quantized, Runner::Create(after, engine));
  for (int i = 0; i < kWarmRuns; ++i) {
    RETURN_IF_ERROR(real.Run(reference.a.inputs).status());
    RETURN_IF_ERROR(quantized.Run(reference.a.inputs).status());
  }
  Agreement agreement;
  ASSIGN_OR_RETURN(agreement.reference_error, ReferenceError(quantized, reference));
  const std::vector<size_t> chosen = EvenlySpread(inputs.size(), kMostEvaluated);
  const auto count = static_cast<double>(chosen.size());
  double same_top1 = 0;
  Progress progress(chosen.size());
  for (const size_t index : chosen) {
    progress.Show(agreement.evaluated++, "comparing");
    ASSIGN_OR_RETURN(const Tensor input, inputs.Read(index));
    ASSIGN_OR_RETURN(const std::vector<Tensor> expected, real.Time({&input, 1}));
    ASSIGN_OR_RETURN(const std::vector<Tensor> outputs, quantized.Time({&input, 1}));
    const double error = LargestError(outputs, expected);
    same_top1 += SameTop1(outputs, expected) ? 1 : 0;
    agreement.mean_error += error / count;
    agreement.max_error = std::max(agreement.max_error, error);
  }
  agreement.same_top1 = same_top1 / count;
  agreement.ms_before = real.MedianMs();
  agreement.ms_after = quantized.MedianMs();
  return agreement;
}

}  // namespace tideline
