#pragma once

#include <string>
#include <vector>

namespace tideline {

// How a daemon is, as everybody is told. Plain data.
struct Health {
  bool live = true;                  // its loop turns
  bool ready = true;                 // it can answer by some path
  bool degraded = false;             // but not by all
  std::vector<std::string> reasons;  // for not ready and for degraded; one sentence each
};

}  // namespace tideline
