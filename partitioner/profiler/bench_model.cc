#include "partitioner/profiler/bench_model.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <unistd.h>

#include "absl/time/time.h"

#include "common/base/clock.h"
#include "common/engine/divide.h"
#include "common/engine/engines.h"
#include "common/engine/inputs.h"
#include "common/program/load.h"
#include "common/tensor/tensor.h"

namespace tideline {
namespace {

class Stopwatch {
 public:
  // Milliseconds since it was made or read last.
  double Read() {
    const MonotonicTime now = clock_.Now();
    return absl::ToDoubleMilliseconds(now - std::exchange(start_, now));
  }

 private:
  const SystemClock clock_;
  MonotonicTime start_ = clock_.Now();
};

// The rows of `tensor` one after the other, over and over, `rows` in all.
absl::StatusOr<Tensor> RepeatRows(const Tensor& tensor, int64_t rows) {
  ASSIGN_OR_RETURN(const Tensor source, Contiguous(tensor));
  Shape shape = source.shape();
  const auto given = static_cast<size_t>(shape[0]);
  const size_t row_bytes = source.nbytes() / given;
  shape[0] = rows;
  ASSIGN_OR_RETURN(Tensor repeated, Tensor::Allocate(source.dtype(), std::move(shape)));
  for (size_t row = 0; row < static_cast<size_t>(rows); ++row) {
    std::memcpy(repeated.mutable_data() + row * row_bytes, source.data() + row % given * row_bytes,
                row_bytes);
  }
  return repeated;
}

}  // namespace

absl::StatusOr<std::unique_ptr<BenchModel>> BenchModel::Load(const std::string& model,
                                                             const std::string& engine,
                                                             const EngineOptions& options) {
  Stopwatch watch;
  ASSIGN_OR_RETURN(ModelFiles files, FindModel(model));
  ASSIGN_OR_RETURN(std::shared_ptr<const Program> program, LoadProgram(files.program));
  ASSIGN_OR_RETURN(Reference reference, ReadReference(files, *program));
  ASSIGN_OR_RETURN(const std::shared_ptr<Engine> opened, OpenEngine(engine));
  std::unique_ptr<BenchModel> bench(
      new BenchModel(std::move(files), std::move(program), opened, std::move(reference)));
  ASSIGN_OR_RETURN(bench->model_, opened->Prepare(bench->program_, options));
  bench->load_ms_ = watch.Read();
  return bench;
}

absl::Status BenchModel::PrepareParts(const EngineOptions& options) {
  parts_model_.reset();  // so that there are never three in memory
  ASSIGN_OR_RETURN(parts_model_, engine_->Prepare(program_, options));
  return absl::OkStatus();
}

absl::Status BenchModel::SetBatch(int64_t batch) {
  if (batch < 1 || batch > kLargestBatch) {
    return InvalidArgument("batch {}: it is from 1 to {}", batch, kLargestBatch);
  }
  if (!program_->dynamic_batch && batch != program_->static_batch) {
    return InvalidArgument(
        "batch {}: {} was exported with batch {} alone; export it without --static", batch,
        files_.program, program_->static_batch);
  }
  std::vector<Tensor> inputs;
  for (size_t i = 0; i < program_->inputs.size(); ++i) {
    const std::vector<Dim>& dims = program_->values[program_->inputs[i]].dims;
    Tensor input = reference_.a.inputs[i];
    if (!dims.empty() && dims[0].per_batch != 0) {
      ASSIGN_OR_RETURN(input, RepeatRows(input, batch));
    }
    inputs.push_back(std::move(input));
  }
  inputs_ = std::move(inputs);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Tensor>> BenchModel::RunWhole(std::span<const Tensor> inputs) {
  return model_->Run({frontiers_.input(), frontiers_.edge()}, inputs);
}

absl::StatusOr<double> BenchModel::TimeWhole() {
  Stopwatch watch;
  RETURN_IF_ERROR(RunWhole(inputs_).status());
  return watch.Read();
}

absl::StatusOr<DividedTimes> BenchModel::TimeDivided(std::span<const Frontier> cuts) {
  DividedTimes times;
  ASSIGN_OR_RETURN(times.whole, TimeWhole());
  ASSIGN_OR_RETURN(times.parts, TimeParts(cuts));
  return times;
}

absl::StatusOr<std::vector<double>> BenchModel::TimeParts(std::span<const Frontier> cuts) {
  std::vector<double> times;
  std::vector<Tensor> crossing = inputs_;
  for (size_t i = 0; i <= cuts.size(); ++i) {
    const Segment part{i == 0 ? frontiers_.input() : cuts[i - 1],
                       i == cuts.size() ? frontiers_.edge() : cuts[i]};
    Stopwatch watch;
    ASSIGN_OR_RETURN(crossing, parts_model().Run(part, crossing));
    times.push_back(watch.Read());
  }
  return times;
}

absl::StatusOr<std::vector<double>> BenchModel::TimeNodes(int runs) {
  return model_->TimeNodes({frontiers_.input(), frontiers_.edge()}, inputs_, runs);
}

absl::StatusOr<std::vector<Tensor>> BenchModel::TensorsAt(const Frontier& cut) {
  return model_->Run({frontiers_.input(), cut}, inputs_);
}

absl::Status BenchModel::MakeReady(std::span<const Frontier> cuts) {
  const std::vector<Segment> parts =
      Divide(*program_, cuts, {frontiers_.input(), frontiers_.edge()});
  return parts_model().MakeReady(parts);
}

absl::StatusOr<double> BenchModel::ErrorVsPyTorch() {
  double error = 0;
  for (const ReferenceCase* reference : {&reference_.a, &reference_.b}) {
    ASSIGN_OR_RETURN(const std::vector<Tensor> outputs, RunWhole(reference->inputs));
    error = std::max(error, LargestError(outputs, reference->outputs));
  }
  return error;
}

absl::StatusOr<int> BenchModel::SameClassAsPyTorch() {
  int same = 0;
  for (const ReferenceCase* reference : {&reference_.a, &reference_.b}) {
    ASSIGN_OR_RETURN(const std::vector<Tensor> outputs, RunWhole(reference->inputs));
    same += SameTop1(outputs, reference->outputs) ? 1 : 0;
  }
  return same;
}

Profile::Model BenchModel::Identity() const {
  return {.name = files_.name,
          .sha256 = ToHex(program_->identity),
          .frontier_rule = kFrontierRule,
          .frontiers = ToHex(frontiers_.hash())};
}

double ResidentMegabytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t pages = 0;
  int64_t resident = 0;
  statm >> pages >> resident;
  return statm ? static_cast<double>(resident * ::sysconf(_SC_PAGESIZE)) / 1e6 : 0;
}

}  // namespace tideline
