#include "partitioner/planner/calibration.h"

#include <set>
#include <string_view>
#include <utility>

namespace tideline {
namespace {

constexpr double kMaxBytes = 1e15;
constexpr double kMaxNs = 3.6e12;  // an hour

bool Within(double value, double min, double max) { return value >= min && value <= max; }

// The name of the figure that cannot be, or "".
std::string_view Wrong(const CodecRecord& record) {
  const std::pair<std::string_view, bool> checks[] = {
      {"bytes_mean", Within(record.bytes_mean, 1, kMaxBytes)},
      {"bytes_p95", Within(record.bytes_p95, 1, kMaxBytes)},
      {"encode_ns", Within(record.encode_ns, 0, kMaxNs)},
      {"decode_ns", Within(record.decode_ns, 0, kMaxNs)},
      {"accuracy_drop", Within(record.accuracy_drop, 0, 1)},
      {"agreement", Within(record.agreement, 0, 1)},
      {"leakage_ssim", Within(record.leakage_ssim.value_or(0), -1, 1)}};
  for (const auto& [name, right] : checks) {
    if (!right) {
      return name;
    }
  }
  return "";
}

}  // namespace

absl::Status CheckCalibration(const Calibration& calibration) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const CodecRecord& record : calibration.records) {
    if (const std::string_view wrong = Wrong(record); !wrong.empty()) {
      return InvalidArgument("calibration of cut '{}' with codec '{}': {} is out of range",
                             record.cut, record.codec, wrong);
    }
    if (!seen.insert({record.cut, record.codec}).second) {
      return InvalidArgument("calibration of cut '{}' with codec '{}' is there twice", record.cut,
                             record.codec);
    }
  }
  return absl::OkStatus();
}

}  // namespace tideline
