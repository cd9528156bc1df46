#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "common/base/status.h"
#include "common/engine/engine.h"
#include "common/model/repository.h"
#include "common/program/frontier.h"
#include "common/program/program.h"

namespace tideline {

// A model of the repository, verified and ready to run. Immutable but for `prepared`, which one
// thread runs at a time.
struct ServedModel {
  ModelFiles files;  // files.info is set
  std::vector<std::string> labels;
  std::shared_ptr<const Program> program;
  std::shared_ptr<const FrontierTable> frontiers;
  std::shared_ptr<PreparedModel> prepared;
  absl::Duration whole_time;  // of one input through the whole network, measured while warm

  const ModelInfo& info() const { return *files.info; }
};

// Verifies the files' hashes, loads the program and prepares it on the engine called `engine`, then
// runs the whole network once on zeros, so that the first request is not the slow one. Blocks for
// all of it.
// Errors: FailedPrecondition for a folder without a model.yaml, those of VerifyFiles, LoadProgram,
// OpenEngine and Prepare, with the model's name in front.
absl::StatusOr<std::shared_ptr<const ServedModel>> LoadServedModel(const ModelFiles& files,
                                                                   const std::string& engine,
                                                                   const EngineOptions& options);

// What running `segment` takes in memory, estimated: the constants it reads and the largest sum of
// activations that are alive together, for a batch of 1. Bytes.
int64_t EstimateMemory(const Program& program, const Segment& segment);

}  // namespace tideline
