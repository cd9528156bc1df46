#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/engine/engine.h"
#include "common/model/repository.h"
#include "common/program/frontier.h"
#include "common/program/program.h"
#include "partitioner/planner/profile.h"
#include "partitioner/profiler/reference.h"

namespace tideline {

// The network in one piece, and right after it the same in several, in milliseconds.
struct DividedTimes {
  double whole = 0;
  std::vector<double> parts;
};

// A network in an engine, timed on the model's reference inputs. Thread-compatible.
class BenchModel {
 public:
  // Loads the program and prepares it. SetEngineThreads has been called. Blocks.
  // Errors: those of FindModel, LoadProgram, ReadReference, OpenEngine and Prepare.
  static absl::StatusOr<std::unique_ptr<BenchModel>> Load(const std::string& model,
                                                          const std::string& engine,
                                                          const EngineOptions& options);

  // Repeats the reference input to `batch` rows; 1 at first.
  // Errors: InvalidArgument where the network's batch is fixed to another number.
  absl::Status SetBatch(int64_t batch);

  // One run of the whole network, in milliseconds. Errors: those of Run.
  absl::StatusOr<double> TimeWhole();

  // The network's results for `inputs`, whatever SetBatch said. Errors: those of Run.
  absl::StatusOr<std::vector<Tensor>> RunWhole(std::span<const Tensor> inputs);

  // One run of the whole network, then of its parts between `cuts`, one after the other: head and
  // tail where it is one cut. Errors: those of Run.
  absl::StatusOr<DividedTimes> TimeDivided(std::span<const Frontier> cuts);

  // The parts alone, one after the other, in milliseconds. Errors: those of Run.
  absl::StatusOr<std::vector<double>> TimeParts(std::span<const Frontier> cuts);

  // PreparedModel::TimeNodes of the whole network.
  absl::StatusOr<std::vector<double>> TimeNodes(int runs);

  // What crosses `cut`. Errors: those of Run.
  absl::StatusOr<std::vector<Tensor>> TensorsAt(const Frontier& cut);

  // Prepares the network once more, for TimeParts and MakeReady alone, in place of what was
  // prepared for them before. Blocks. Errors: those of Prepare.
  absl::Status PrepareParts(const EngineOptions& options);

  // PreparedModel::MakeReady of the parts between `cuts`.
  absl::Status MakeReady(std::span<const Frontier> cuts);

  // How far both reference outputs are from PyTorch's (LargestError). Runs the network twice.
  absl::StatusOr<double> ErrorVsPyTorch();

  // Of both reference inputs, those whose class is PyTorch's. Runs the network twice.
  absl::StatusOr<int> SameClassAsPyTorch();

  // What says that a profile is of this model.
  Profile::Model Identity() const;

  const ModelFiles& files() const { return files_; }
  const Program& program() const { return *program_; }
  const ReferenceCase& reference() const { return reference_.a; }
  const FrontierTable& frontiers() const { return frontiers_; }
  EngineDescription Describe() const { return model_->Describe(); }
  double load_ms() const { return load_ms_; }  // of Load, all of it

 private:
  BenchModel(ModelFiles files, std::shared_ptr<const Program> program,
             std::shared_ptr<Engine> engine, Reference reference)
      : files_(std::move(files)),
        program_(std::move(program)),
        engine_(std::move(engine)),
        reference_(std::move(reference)),
        frontiers_(*program_),
        inputs_(reference_.a.inputs) {}

  const ModelFiles files_;
  const std::shared_ptr<const Program> program_;
  const std::shared_ptr<Engine> engine_;
  const Reference reference_;
  const FrontierTable frontiers_;
  std::vector<Tensor> inputs_;
  PreparedModel& parts_model() const { return parts_model_ ? *parts_model_ : *model_; }

  std::unique_ptr<PreparedModel> model_;
  std::unique_ptr<PreparedModel> parts_model_;
  double load_ms_ = 0;
};

// Physical memory of this process in MB (10^6 bytes), as the kernel counts it; 0 where it does not
// tell.
double ResidentMegabytes();

}  // namespace tideline
