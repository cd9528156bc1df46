#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "common/base/units.h"
#include "common/config/config.h"
#include "partitioner/planner/plan.h"

namespace tideline {

// The partition file: how one model is divided. Every field is described where it is listed:
// partition_file.cc.
struct Partition {
  struct Engines {
    std::string edge = "auto";
    std::string cloud = "aten";
  };
  struct Target {
    Objective objective = Objective::kLatency;
    std::optional<absl::Duration> deadline;
    std::optional<absl::Duration> latency_p99;
    std::optional<Fraction> accuracy_drop;
    TailMode tail = TailMode::kDeadline;
  };
  struct Limits {
    std::optional<BitRate> uplink;
    std::optional<ByteCount> edge_memory;
  };
  struct Privacy {
    bool send_input = true;
    int min_depth = 0;
  };

  struct Adapt {
    bool enabled = true;
    Fraction hysteresis{0.10};
  };
  struct ProfileFiles {
    std::string edge;
    std::string cloud;
  };

  static constexpr size_t kMostReady = 6;

  std::string model;
  std::string cut;                         // "auto", "edge", "input" or a frontier's name
  std::vector<std::string> ready{"auto"};  // frontiers, or that
  std::string codec = "fp32";              // or "auto"
  std::optional<std::string> fallback;
  Engines engine;
  Target target;
  Limits limits;
  Privacy privacy;
  Adapt adapt;
  ProfileFiles profiles;

  // Those that an engine keeps compiled; none where it is left to choice.
  std::vector<std::string> ReadyFrontiers() const {
    return ready.front() == "auto" ? std::vector<std::string>() : ready;
  }
  // Whether the planner has something to choose.
  bool IsPlanned() const { return cut == "auto" || codec == "auto"; }
};

// The fields of the partition file. Thread-safe.
const FieldList<Partition>& PartitionFields();

// Pure; all or nothing. `filename` is for the error texts. Errors: InvalidArgument "FILE:LINE: …".
// Whether the model and the frontier exist is for whoever loads them to say, with
// `origins.Of("cut")` in front.
absl::StatusOr<LoadedConfig<Partition>> ParsePartition(std::string_view text,
                                                       const std::string& filename);

// What the planner is asked for by a partition file.
Targets TargetsOf(const Partition& partition);

}  // namespace tideline
