#pragma once

#include <optional>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "common/base/status.h"
#include "common/model/repository.h"
#include "partitioner/planner/calibration_file.h"
#include "partitioner/tool/calibrate_model.h"
#include "protocol/codec/parameters.h"

namespace tideline {

// What the planner reads: a record per cut and codec. Bytes and times are of all tensors of the
// cut, for one input.
nlohmann::ordered_json CalibrationJson(const ModelCalibrator& calibrator,
                                       const std::vector<CutCalibration>& cuts,
                                       const std::optional<Interval>& accuracy);

// Replaces the model's parameters and its calibration, each in one step. Errors: those of the file
// system and of WriteParameters.
absl::Status WriteCalibration(const ModelFiles& model, const std::vector<ParameterSet>& sets,
                              const nlohmann::ordered_json& calibration);

}  // namespace tideline
