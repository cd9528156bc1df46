#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "partitioner/planner/calibration.h"
#include "partitioner/planner/profile.h"

namespace tideline {

inline constexpr char kCalibrationFile[] = "codec/calibration.json";  // within a model's folder
inline constexpr int kCalibrationVersion = 1;
inline constexpr size_t kMaxCalibrationBytes = size_t{32} << 20;
inline constexpr size_t kMaxCalibrationRecords = 100'000;

// What `tideline calibrate` measured of one model.
struct CalibrationFile {
  std::string model;
  std::string sha256;   // of model.pt2; 64 lower-case hexadecimal digits
  int64_t samples = 0;  // inputs that were measured
  Calibration calibration;
};

// Reads a calibration. Pure; `filename` is for the error texts. Unknown keys are ignored, so that a
// newer release may add figures. Errors: DataLoss for what is not such JSON; InvalidArgument for a
// figure that cannot be, a codec that does not exist and a row that is there twice; Unimplemented
// for another version of the format; ResourceExhausted above the limits.
absl::StatusOr<CalibrationFile> ParseCalibration(std::string_view text,
                                                 const std::string& filename);

// Whether `file` is of this very model. Errors: FailedPrecondition naming both sides.
absl::Status CheckSameModel(const CalibrationFile& file, const Profile::Model& model);

}  // namespace tideline
