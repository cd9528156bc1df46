#include "protocol/greeting.h"

#include <algorithm>

namespace tideline::wire {

absl::StatusOr<uint16_t> Agree(VersionRange ours, VersionRange theirs, const char* what) {
  const uint16_t highest = std::min(ours.max, theirs.max);
  if (highest < std::max(ours.min, theirs.min)) {
    return FailedPrecondition(
        "{} version: this side has {} to {}, the other {} to {}; update the older side", what,
        ours.min, ours.max, theirs.min, theirs.max);
  }
  return highest;
}

absl::StatusOr<Welcome> BeginWelcome(const Hello& hello, VersionRange frontier_rules) {
  Welcome welcome{.session = hello.session};
  ASSIGN_OR_RETURN(welcome.protocol, Agree(kProtocolVersions, hello.protocol, "protocol"));
  ASSIGN_OR_RETURN(welcome.codec, Agree(kCodecVersions, hello.codec, "codec"));
  ASSIGN_OR_RETURN(welcome.frontier_rule,
                   Agree(frontier_rules, hello.frontier_rule, "frontier rule"));
  return welcome;
}

}  // namespace tideline::wire
