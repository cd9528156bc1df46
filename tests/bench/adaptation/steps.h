#pragma once

#include <optional>

#include "tests/bench/adaptation/ours.h"

namespace tideline::bench {

inline constexpr double kFastRate = 18.88e6;  // bits per second
inline constexpr double kSlowRate = 1.1e6;
inline constexpr double kStepSeconds = 60;

// How ours follows a link that falls from kFastRate to kSlowRate and rises again, every
// kStepSeconds. What did not have to change is absent.
struct StepResult {
  std::optional<int> requests_down;  // until the candidate that then stays
  std::optional<int> requests_up;    // likewise, where requests went to the cloud before
  std::optional<double> seconds_up;  // where they were answered here
  int changes = 0;                   // of the candidate after one step, at most
};
StepResult RunSteps(const Site& site, double rtt_ms, const OursOptions& options);

// One result after the other as fast as they come, with as many requests open as the policy says:
// results per second, over what the slowest of edge, link and cloud allows.
double PipelineVsBound(const Site& site, const Channel& channel, const Link& link);

}  // namespace tideline::bench
