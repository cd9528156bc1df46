#include "partitioner/profiler/power_sampler.h"

#include "absl/time/time.h"

namespace tideline {

PowerSampler::PowerSampler(PowerMeter& meter) : meter_(meter), thread_([this] { Loop(); }) {}

PowerSampler::~PowerSampler() { Stop(); }

void PowerSampler::Loop() {
  constexpr absl::Duration kPeriod = absl::Milliseconds(100);
  const SystemClock clock;
  meter_.Reset();
  bool stopping = false;
  while (!stopping) {
    meter_.Sample(clock.Now());
    const SteadyLock lock(&mutex_);
    stopping =
        mutex_.AwaitFor([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopping_; }, kPeriod);
  }
  meter_.Sample(clock.Now());
}

std::optional<double> PowerSampler::Stop() {
  {
    const SteadyLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
  return meter_.MeanWatts();
}

}  // namespace tideline
