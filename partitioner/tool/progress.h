#pragma once

#include <cstddef>
#include <string>

#include "common/base/clock.h"

namespace tideline {

// A bar on stderr, drawn ten times a second at most; nothing where stderr is no terminal that can
// draw. Gone when it is destroyed.
class Progress {
 public:
  explicit Progress(size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` steps are behind us, `label` is what is next.
  void Show(size_t done, const std::string& label);

 private:
  const size_t total_;
  const bool terminal_;
  const SystemClock clock_;
  const MonotonicTime begin_ = clock_.Now();
  MonotonicTime next_ = -absl::InfiniteDuration();  // when it may be drawn again
};

}  // namespace tideline
