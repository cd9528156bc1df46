#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace tideline {

// What acknowledgements said of how fast the link is.
struct RateSample {
  enum class Kind {
    kExact,    // by the receiver's clock
    kAtLeast,  // likewise, but there was no more to send, or it was over soon
    kAlone,    // a short burst: `taken` is until it was acknowledged, the round trip included
  };
  Kind kind = Kind::kExact;
  uint64_t bytes = 0;
  absl::Duration taken;

  bool operator==(const RateSample&) const = default;
};

}  // namespace tideline
