#pragma once

#include <optional>

#include "common/base/steady_mutex.h"
#include "edge/source/source.h"

namespace tideline {

// Has no frames; ends when it is stopped.
class NoSource final : public Source {
 public:
  std::optional<SourceFrame> Next() override {
    const SteadyLock lock(&mutex_);
    mutex_.Await([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopped_; });
    return std::nullopt;
  }

  void Stop() override {
    const SteadyLock lock(&mutex_);
    stopped_ = true;
  }

 private:
  SteadyMutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tideline
