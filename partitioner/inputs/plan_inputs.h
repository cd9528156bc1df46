#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/model/repository.h"
#include "common/program/frontier.h"
#include "common/program/program.h"
#include "partitioner/planner/calibration_file.h"
#include "partitioner/planner/candidates.h"
#include "partitioner/planner/network.h"

namespace tideline {

// A model that is to be planned for.
struct PlannedModel {
  ModelFiles files;
  std::shared_ptr<const Program> program;
  std::shared_ptr<const FrontierTable> frontiers;

  // What it is called in profiles and calibrations.
  Profile::Model identity() const;
};

// What was measured of a model on the two devices.
struct Profiles {
  Profile edge;
  Profile cloud;
};

// A model with what was measured of it.
struct PlanInputs {
  PlannedModel model;
  Network network;
  Profiles profiles;
  std::optional<CalibrationFile> calibrated;  // absent: nobody has calibrated the model
  Calibration calibration;                    // what is planned with

  // The profile's engines whose counters cover the network, or nullptr.
  static const EngineProfile* Counted(const Profile& profile, const Network& network);

  // The resized image that the network takes; nullptr where its input is no single image.
  const InputInfo* image_input() const;

  // What a request and its reply hold. Borrows this.
  CandidateInputs ForCandidates() const;
};

// What `tideline calibrate` wrote into the model's folder; nullopt where it has not. Errors: those
// of ReadFile and ParseCalibration; FailedPrecondition for a file of another model.
absl::StatusOr<std::optional<CalibrationFile>> ReadCalibration(const PlannedModel& model);

// The profile in the file `path`. Errors: those of ReadFile and ParseProfile; FailedPrecondition
// for a profile of another model.
absl::StatusOr<Profile> ReadProfile(const std::string& path, const PlannedModel& model);
// The same of its text; `name` is for the error texts.
absl::StatusOr<Profile> CheckedProfile(const std::string& text, const std::string& name,
                                       const PlannedModel& model);

// Describes the network with the cuts that are cheap by the profiles' counters, and reads the
// calibration. Errors: those of ReadCalibration and AddCheapestCuts.
absl::StatusOr<PlanInputs> MakePlanInputs(PlannedModel model, Profiles profiles);

}  // namespace tideline
