#include "partitioner/profiler/power_meter.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

#include "partitioner/profiler/kernel_file.h"

// Units: hwmon has microwatts, millivolts and milliamperes, powercap microjoules
// (Documentation/hwmon/sysfs-interface.rst and Documentation/power/powercap of the Linux kernel).
namespace tideline {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxChannels = 16;
// How the rail that everything hangs on is called on Jetson boards.
constexpr std::array<std::string_view, 3> kTotalRails = {"VDD_IN", "POM_5V_IN", "VIN_SYS_5V0_IN"};

std::optional<double> ReadNumber(const std::string& path) {
  double number = 0;
  return absl::SimpleAtod(ReadKernelFile(path), &number) && number >= 0 ? std::optional(number)
                                                                        : std::nullopt;
}

// Its folders, by name.
std::vector<std::string> FoldersIn(const std::string& folder) {
  std::vector<std::string> folders;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    folders.push_back(entry.path().string());
  }
  std::ranges::sort(folders);
  return folders;
}

}  // namespace

PowerMeter PowerMeter::Find(const std::string& root) {
  const std::string classes = (fs::path(root) / "sys/class").string();
  PowerMeter meter;
  for (const std::string& hwmon : FoldersIn(classes + "/hwmon")) {
    meter.FindIna3221(hwmon);
  }
  if (meter.sensors_.empty()) {
    for (const std::string& hwmon : FoldersIn(classes + "/hwmon")) {
      meter.FindHwmon(hwmon);
    }
  }
  if (meter.sensors_.empty()) {
    meter.FindRapl(classes + "/powercap");
  }
  return meter;
}

void PowerMeter::FindIna3221(const std::string& hwmon) {
  if (ReadKernelFile(hwmon + "/name") != "ina3221") {
    return;
  }
  for (int channel = 1; channel <= kMaxChannels; ++channel) {
    const Sensor rail{.millivolt = fmt::format("{}/in{}_input", hwmon, channel),
                      .milliampere = fmt::format("{}/curr{}_input", hwmon, channel)};
    if (!Read(rail)) {
      continue;
    }
    source_ = "ina3221";
    const std::string label = ReadKernelFile(fmt::format("{}/in{}_label", hwmon, channel));
    if (std::ranges::find(kTotalRails, label) != kTotalRails.end()) {
      sensors_ = {rail};
      return;
    }
    sensors_.push_back(rail);
  }
}

void PowerMeter::FindHwmon(const std::string& hwmon) {
  for (int channel = 1; channel <= kMaxChannels; ++channel) {
    for (const std::string_view kind : {"input", "average"}) {
      const Sensor sensor{.power = fmt::format("{}/power{}_{}", hwmon, channel, kind)};
      if (Read(sensor)) {
        source_ = "hwmon";
        sensors_.push_back(sensor);
        break;
      }
    }
  }
}

void PowerMeter::FindRapl(const std::string& powercap) {
  for (const std::string& zone : FoldersIn(powercap)) {
    // A package is intel-rapl:0; its parts, which it counts too, are intel-rapl:0:0 and so on. The
    // same registers show once more as intel-rapl-mmio.
    const std::vector<std::string> place = absl::StrSplit(fs::path(zone).filename().string(), ':');
    if (place.size() != 2 || place[0] != "intel-rapl") {
      continue;
    }
    Sensor sensor{.energy = zone + "/energy_uj"};
    sensor.range = ReadNumber(zone + "/max_energy_range_uj").value_or(0);
    if (!Read(sensor)) {
      continue;
    }
    source_ = "rapl";
    if (ReadKernelFile(zone + "/name") == "psys") {
      sensors_ = {sensor};
      return;
    }
    sensors_.push_back(sensor);
  }
}

std::optional<double> PowerMeter::Read(const Sensor& sensor) {
  if (!sensor.energy.empty()) {
    return ReadNumber(sensor.energy);
  }
  if (!sensor.power.empty()) {
    return ReadNumber(sensor.power);
  }
  const std::optional<double> millivolt = ReadNumber(sensor.millivolt);
  const std::optional<double> milliampere = ReadNumber(sensor.milliampere);
  return millivolt && milliampere ? std::optional(*millivolt * *milliampere) : std::nullopt;
}

void PowerMeter::Sample(MonotonicTime now) {
  constexpr double kMicro = 1e-6;
  for (Sensor& sensor : sensors_) {
    const double value = Read(sensor).value_or(sensor.last);
    if (first_ && !sensor.energy.empty()) {
      const double begun_again = value < sensor.last ? sensor.range : 0;
      joules_ += kMicro * (value + begun_again - sensor.last);
    } else if (first_) {
      joules_ += kMicro * value * absl::ToDoubleSeconds(now - last_);
    }
    sensor.last = value;
  }
  last_ = now;
  first_ = first_.value_or(now);
}

std::optional<double> PowerMeter::MeanWatts() const {
  if (sensors_.empty() || !first_ || last_ <= *first_) {
    return std::nullopt;
  }
  return joules_ / absl::ToDoubleSeconds(last_ - *first_);
}

void PowerMeter::Reset() {
  first_.reset();
  joules_ = 0;
}

}  // namespace tideline
