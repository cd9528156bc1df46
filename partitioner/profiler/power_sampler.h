#pragma once

#include <optional>
#include <thread>

#include "absl/base/thread_annotations.h"

#include "common/base/steady_mutex.h"
#include "partitioner/profiler/power_meter.h"

namespace tideline {

// Samples a meter ten times a second, on a thread of its own, from its construction until Stop.
// Thread-compatible.
class PowerSampler {
 public:
  // `meter` is the thread's own until Stop.
  explicit PowerSampler(PowerMeter& meter);
  ~PowerSampler();
  PowerSampler(const PowerSampler&) = delete;
  PowerSampler& operator=(const PowerSampler&) = delete;

  // The mean in watts since the construction; nullopt where nobody knows. Blocks for a sample.
  std::optional<double> Stop();

 private:
  void Loop();

  PowerMeter& meter_;
  SteadyMutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: starts when the rest is ready
};

}  // namespace tideline
