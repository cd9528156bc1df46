#include "partitioner/tool/calibrated_folder.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <nlohmann/json.hpp>

#include "common/base/file.h"

namespace tideline {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr double kNsPerMs = 1e6;

Json ToJson(const Interval& interval) {
  return {{"value", interval.value}, {"interval95", {interval.low, interval.high}}};
}

// The share of answers that this setting may cost, at the upper end of its interval: of right
// answers where they are known, else of equal ones.
double AccuracyDrop(const SettingResult& result) {
  if (result.accuracy_drop) {
    return std::max(result.accuracy_drop->high, 0.0);
  }
  return result.agreement ? 1 - result.agreement->low : 0;
}

Json Record(const CutCalibration& cut, const SettingResult& result) {
  Json record = {{"cut", cut.cut.name},
                 {"codec", ToString(result.codec)},
                 {"elements", result.elements},
                 {"bytes_mean", result.bytes_mean},
                 {"bytes_p95", result.bytes_p95},
                 {"encode_ns", result.encode_ms * kNsPerMs},
                 {"decode_ns", result.decode_ms * kNsPerMs},
                 {"mean_error", result.mean_error},
                 {"accuracy_drop", AccuracyDrop(result)},
                 {"agreement", result.agreement ? result.agreement->value : 1}};
  if (result.entropy_bits) {
    record["entropy_bits"] = *result.entropy_bits;
  }
  if (result.agreement) {
    record["agreement_measured"] = ToJson(*result.agreement);
  }
  if (result.accuracy_drop) {
    record["accuracy_drop_measured"] = ToJson(*result.accuracy_drop);
  }
  if (cut.leakage) {
    record["leakage_ssim"] = cut.leakage->ssim;
    record["leakage_psnr_db"] = cut.leakage->psnr_db;
  }
  return record;
}

}  // namespace

Json CalibrationJson(const ModelCalibrator& calibrator, const std::vector<CutCalibration>& cuts,
                     const std::optional<Interval>& accuracy) {
  const ModelFiles& files = calibrator.files();
  Json json = {{"format", kCalibrationVersion},
               {"model", files.name},
               {"sha256", files.info->files.at(kProgramFile).sha256},
               {"fit", calibrator.samples().fit.size()},
               {"samples", calibrator.samples().measured.size()}};
  if (accuracy) {
    json["accuracy"] = ToJson(*accuracy);
  }
  json["records"] = Json::array();
  for (const CutCalibration& cut : cuts) {
    for (const SettingResult& result : cut.results) {
      json["records"].push_back(Record(cut, result));
    }
  }
  return json;
}

absl::Status WriteCalibration(const ModelFiles& model, const std::vector<ParameterSet>& sets,
                              const Json& calibration) {
  std::error_code error;
  const fs::path folder = fs::path(model.Path(kCalibrationFile)).parent_path();
  fs::create_directories(folder, error);
  if (error) {
    return Unavailable("{}: cannot create the folder: {}", folder.string(), error.message());
  }
  ASSIGN_OR_RETURN(const std::string parameters, WriteParameters(sets));
  RETURN_IF_ERROR(WriteFileAtomically(model.Path(kParameterFile), parameters));
  return WriteFileAtomically(model.Path(kCalibrationFile), calibration.dump(/*indent=*/1) + "\n");
}

}  // namespace tideline
