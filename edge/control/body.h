#pragma once

#include <optional>
#include <string>

#include "common/base/status.h"
#include "edge/deployment.h"

// The bodies of the controls: JSON objects, whose keys are all known. Pure. Errors:
// InvalidArgument with the key and what it may be.
namespace tideline {

// {} or nothing at all.
absl::Status ParseNothing(const std::string& body);

// {"cut": "features.3", "codec": "int4/dense" | null}; the codec may be left out.
absl::StatusOr<Overrides::Pin> ParsePin(const std::string& body);

struct TargetChange {
  std::optional<absl::Duration> deadline;  // infinite: none from now on
  std::optional<TailMode> tail;
};
// {"deadline_ms": 250 | null, "tail": "race"}; one of them may be left out.
absl::StatusOr<TargetChange> ParseTarget(const std::string& body);
// "the deadline is 250ms, the tail race"
std::string ToString(const TargetChange& change);

// {"uplink_bps": 1100000 | null}
absl::StatusOr<std::optional<double>> ParseShape(const std::string& body);

}  // namespace tideline
