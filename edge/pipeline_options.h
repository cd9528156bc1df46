#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/time/time.h"

#include "edge/observer.h"
#include "edge/result.h"

namespace tideline {

struct PipelineOptions {
  size_t in_flight = 4;                      // requests that may be open, at most
  bool automatic = false;                    // as many of them as keep the slowest stage busy
  uint64_t max_tensor = uint64_t{64} << 20;  // bytes of one tensor of an answer
  // File, as LinkKeeper has it, of the first cloud's link; those of others have ".2", … behind it.
  // "": none.
  std::string link_memory = {};
  PipelineObserver* observer = nullptr;  // outlives the pipeline; nullptr: none
};

// A request that somebody waits for.
struct GuestOptions {
  std::optional<absl::Duration> deadline = {};  // from now; nullopt: as the partition file has it
  std::function<void(Result)> done = {};        // output thread; must not block
};

}  // namespace tideline
