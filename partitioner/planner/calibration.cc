#include "partitioner/planner/calibration.h"

#include <set>
#include <string_view>
#include <utility>

#include "partitioner/planner/network.h"

namespace tideline {
namespace {

constexpr double kMaxBytes = 1e15;
constexpr double kMaxNs = 3.6e12;  // an hour

struct Stored {
  const char* codec;
  int bytes_per_element;
  double accuracy_drop;
};
constexpr Stored kStored[] = {
    {"fp32/stored", 4, 0}, {"fp16/stored", 2, kUnknownDrop}, {"int8/stored", 1, kUnknownDrop}};

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

Calibration Uncalibrated(const Network& network) {
  Calibration calibration;
  for (const NetworkCut& cut : network.cuts) {
    for (const Stored& stored : kStored) {
      const bool lossless = stored.accuracy_drop == 0;
      if (cut.is_edge() || (cut.is_input() && !lossless)) {
        continue;
      }
      const double bytes = static_cast<double>(cut.elements) * stored.bytes_per_element;
      calibration.records.push_back({.cut = cut.name,
                                     .codec = stored.codec,
                                     .bytes_mean = bytes,
                                     .bytes_p95 = bytes,
                                     .accuracy_drop = stored.accuracy_drop,
                                     .agreement = 1 - stored.accuracy_drop});
    }
  }
  return calibration;
}

}  // namespace tideline
