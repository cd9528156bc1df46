#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/model/repository.h"
#include "common/program/frontier.h"
#include "common/program/program.h"
#include "partitioner/exchange/fetch_profile.h"
#include "partitioner/planner/calibration_file.h"
#include "partitioner/planner/candidates.h"
#include "partitioner/planner/link.h"
#include "partitioner/planner/network.h"

namespace tideline {

// A model with what was measured of it.
struct PlanInputs {
  ModelFiles files;
  std::shared_ptr<const Program> program;
  std::unique_ptr<FrontierTable> frontiers;
  Network network;
  Profile edge;
  Profile cloud;
  std::optional<CalibrationFile> calibrated;  // absent: nobody has calibrated the model
  Calibration calibration;                    // what is planned with
  Profile::Model model;

  // The profile's engines whose counters cover the network, or nullptr.
  static const EngineProfile* Counted(const Profile& profile, const Network& network);

  // What a request and its reply hold.
  CandidateInputs ForCandidates() const;
};

// Reads the model, its calibration where there is one, and the two profiles: files, or addresses of
// machines that serve them, which `source` says how to reach. Errors: those of FindModel,
// LoadProgram, FetchProfile and the parsers; FailedPrecondition for a file of another model.
absl::StatusOr<PlanInputs> ReadPlanInputs(const std::string& model, const std::string& edge,
                                          const std::string& cloud, const ProfileSource& source);

// How much more the best of the listed cuts costs than the best of all that there are, as a
// fraction, at 8 bits per element over `link`; absent where a profile has no counters. Errors:
// those of GapToAllCuts.
absl::StatusOr<std::optional<double>> FindGap(const PlanInputs& inputs, const Link& link);

// What a person should know before relying on the plan.
std::vector<std::string> PlanWarnings(const PlanInputs& inputs);

// Name and value of everything that was read.
std::vector<std::pair<std::string, std::string>> DescribeInputs(const PlanInputs& inputs);

}  // namespace tideline
