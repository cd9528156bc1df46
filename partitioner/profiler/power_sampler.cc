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
    const absl::MutexLock lock(&mutex_);
    stopping = mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kPeriod);
  }
  meter_.Sample(clock.Now());
}

std::optional<double> PowerSampler::Stop() {
  {
    const absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
  return meter_.MeanWatts();
}

}  // namespace tideline
