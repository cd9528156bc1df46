#pragma once

#include <memory>
#include <string>

#include "common/engine/engine.h"

namespace tideline {

struct NamedEngine {
  std::string name;
  std::shared_ptr<Engine> engine;
};

// The largest max|a-b| / max|b| that passes: what engines of different kernels may differ by.
inline constexpr double kCheckTolerance = 2e-5;

// Runs every segment on both and returns the first one's results. Run fails with Internal where
// they differ by more than kCheckTolerance (float32) or at all (other dtypes); the text has the
// value and the two numbers that are furthest apart.
std::shared_ptr<Engine> CreateCheckEngine(NamedEngine first, NamedEngine second);

}  // namespace tideline
