#include "partitioner/planner/calibration_file.h"

#include <utility>

#include "partitioner/planner/json_object.h"
#include "protocol/codec/codec_spec.h"

namespace tideline {
namespace {

constexpr double kMaxBytes = 1e15;
constexpr double kMaxPsnr = 1000;  // dB
constexpr JsonLimits kLimits{.bytes = kMaxCalibrationBytes, .values = 4'000'000};

// The text that profiles have for the same codec.
std::string ReadCodec(JsonObject& object) {
  const std::string text = object.Text("codec");
  if (!object.ok()) {
    return "";
  }
  const absl::StatusOr<CodecSpec> spec = ParseCodecSpec(text);
  if (!spec.ok()) {
    object.Fail(spec.status());
    return "";
  }
  return ToString(*spec);
}

CodecRecord ReadRecord(JsonObject object) {
  CodecRecord record;
  record.cut = object.Text("cut");
  record.codec = ReadCodec(object);
  record.bytes_mean = object.Number("bytes_mean", 1, kMaxBytes);
  record.bytes_p95 = object.Number("bytes_p95", 1, kMaxBytes);
  record.encode_ns = object.Number("encode_ns", 0, kMaxProfileNs);
  record.decode_ns = object.Number("decode_ns", 0, kMaxProfileNs);
  record.accuracy_drop = object.Number("accuracy_drop", 0, 1);
  record.agreement = object.Number("agreement", 0, 1);
  if (object.Has("leakage_ssim")) {
    record.leakage_ssim = object.Number("leakage_ssim", -1, 1);
  }
  if (object.Has("leakage_psnr_db")) {
    record.leakage_psnr_db = object.Number("leakage_psnr_db", -kMaxPsnr, kMaxPsnr);
  }
  return record;
}

CalibrationFile ReadFile(const Json& json, absl::Status& status) {
  JsonObject root(json, "", status);
  CalibrationFile file;
  if (const int64_t version = root.Integer("format", 0, 1'000'000);
      version != kCalibrationVersion) {
    root.Fail(Unimplemented("it has format {}, this release reads {}; run tideline calibrate again",
                            version, kCalibrationVersion));
  }
  file.model = root.Text("model");
  file.sha256 = root.Text("sha256");
  file.samples = root.Integer("samples", 0, int64_t{1} << 40);
  if (!root.Has("records")) {
    root.Fail(DataLoss("'records' is missing"));
  }
  std::vector<CodecRecord>& records = file.calibration.records;
  root.ForEach("records", kMaxCalibrationRecords, [&](const Json& record) {
    records.push_back(ReadRecord({record, root.Place("records", records.size()), status}));
  });
  if (root.ok()) {
    status = CheckCalibration(file.calibration);
  }
  return file;
}

}  // namespace

absl::StatusOr<CalibrationFile> ParseCalibration(std::string_view text,
                                                 const std::string& filename) {
  return ReadDocument(text, kLimits, filename, ReadFile);
}

absl::Status CheckSameModel(const CalibrationFile& file, const Profile::Model& model) {
  if (file.sha256 != model.sha256) {
    return FailedPrecondition(
        "the calibration is of model {} (SHA-256 {:.12}…), the model here is {} ({:.12}…); run "
        "tideline calibrate on this model",
        file.model, file.sha256, model.name, model.sha256);
  }
  return absl::OkStatus();
}

}  // namespace tideline
