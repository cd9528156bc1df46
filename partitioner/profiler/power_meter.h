#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"

// What the device draws, as Linux tells it.
namespace tideline {

// The sensors of one source. Thread-compatible.
class PowerMeter {
 public:
  // Looks below ROOT/sys for, in this order, an INA3221 (Jetson boards: its total where it has one,
  // else the sum of its rails), other hwmon sensors of power, and RAPL (the platform where it is
  // counted, else the sum of the packages). What cannot be read is not there. Reads files.
  static PowerMeter Find(const std::string& root);

  // "ina3221", "hwmon", "rapl" or "unknown".
  const std::string& source() const { return source_; }

  // Reads the sensors once. The first call after Reset begins the mean.
  void Sample(MonotonicTime now);

  // The mean in watts between the first sample and the last; nullopt where there is no sensor, or
  // no time between them. A sensor that counts energy is exact; of one that tells power, each
  // reading holds for the time since the one before.
  std::optional<double> MeanWatts() const;

  void Reset();

 private:
  struct Sensor {
    std::string power;      // uW
    std::string millivolt;  // or these two
    std::string milliampere;
    std::string energy;  // or uJ, which begins again at `range`
    double range = 0;
    double last = 0;
  };

  void FindIna3221(const std::string& hwmon);
  void FindHwmon(const std::string& hwmon);
  void FindRapl(const std::string& powercap);
  static std::optional<double> Read(const Sensor& sensor);

  std::string source_ = "unknown";
  std::vector<Sensor> sensors_;
  std::optional<MonotonicTime> first_;
  MonotonicTime last_;
  double joules_ = 0;
};

}  // namespace tideline
