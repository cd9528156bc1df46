#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "partitioner/planner/calibration.h"
#include "partitioner/planner/network.h"
#include "partitioner/planner/profile.h"

// Everything that can be chosen: a cut, a codec, an engine on each side. Each is a vector of costs
// that no link and no target is part of.
namespace tideline {

inline constexpr size_t kMaxCandidates = 200'000;
inline constexpr int kMaxEngines = 32;  // per side

// Which engines a candidate needs, or which are lost: bit i is engine i of the edge, bit 32 + i
// engine i of the cloud.
using EngineMask = uint64_t;
inline constexpr EngineMask kCloudEngines = ~uint64_t{0} << kMaxEngines;

struct Candidate {
  std::string cut;
  std::string codec;      // "" at "edge"
  int edge_engine = -1;   // index into CandidateSet::edge_engines; -1: none, at "input"
  int cloud_engine = -1;  // likewise; -1: none, at "edge"

  Estimate head_ns;  // the input's reading included
  Estimate encode_ns;
  Estimate bytes_up;   // the mean (in `median`), the 95th percentile, and as far below, as `low`
  Estimate decode_ns;  // at "input" of an image: its normalizing included
  Estimate tail_ns;
  double bytes_down = 0;
  // What is sent is encoded, sent and decoded in stretches, each while the next one is in the step
  // before: the share that the largest one has of all; 1: one step after the other.
  double stretch = 1;

  double energy_joules = 0;  // of the edge for head and encoding; 0 where the power is unknown
  double memory_bytes = 0;   // on the edge
  double accuracy_drop = 0;  // upper bound, engines' precisions and codec together
  double leakage = 0;        // 0 to 1, structural similarity; 1 where nobody measured it
  int depth = 0;             // NetworkCut::depth

  bool sends_input() const { return edge_engine < 0; }
  bool uses_cloud() const { return cloud_engine >= 0; }
  // 0 "edge", 1 "input", 2 a split.
  int parts() const { return !uses_cloud() ? 0 : sends_input() ? 1 : 2; }
  using End = double Estimate::*;
  // On the edge until all is encoded, and until the first stretch is.
  double edge_ns(End end = &Estimate::median) const { return head_ns.*end + encode_ns.*end; }
  double first_ns(End end = &Estimate::median) const {
    return head_ns.*end + stretch * encode_ns.*end;
  }
  // In the cloud where all is to be decoded, and where the last stretch is.
  double cloud_ns(End end = &Estimate::median) const { return decode_ns.*end + tail_ns.*end; }
  double last_ns(End end = &Estimate::median) const {
    return stretch * decode_ns.*end + tail_ns.*end;
  }
  // energy_joules where what is encoded behind the first stretch takes no more than idling.
  double first_joules(const Power& power) const {
    return energy_joules - 1e-9 * power.idle_watts.value_or(0) * (edge_ns() - first_ns());
  }
  EngineMask needs() const;
};

// Immutable once made; thread-safe.
struct CandidateSet {
  std::vector<EngineProfile> edge_engines;   // without times
  std::vector<EngineProfile> cloud_engines;  // likewise
  std::vector<Candidate> candidates;
  std::vector<int> front;  // the candidates that no other one dominates, ascending
  Power power;             // the edge's
};

struct CandidateInputs {
  const Network& network;
  const Profile& edge;
  const Profile& cloud;
  const Calibration& calibration;
  Profile::Model model;                    // what both profiles must be of
  std::optional<int64_t> raw_input_bytes;  // the resized image; absent: the input is no image
  int64_t result_bytes = 0;                // of a reply
};

struct CandidateOptions {
  // "aten" in every precision, "aten/f32", "aten:bf16" or "aten/f32/2"; empty: all in the profile.
  std::vector<std::string> edge_engines;
  std::vector<std::string> cloud_engines;  // likewise
  std::vector<std::string> codecs;         // empty: all in the calibration
  // The cuts that an engine of the edge keeps compiled, or has room for, where it can run no
  // others.
  std::map<std::string, std::set<std::string>> ready;
  bool whole = true;  // the edge may run the whole network
};

// Every cut of the network with every codec that the calibration has for it, every engine of the
// edge and every engine of the cloud; "edge"; at "input" also "raw". A cut without a row in the
// calibration travels as fp32, stored. Sets the front. Pure. Errors: FailedPrecondition for a
// profile of another model or without what is needed, InvalidArgument for a bad calibration,
// ResourceExhausted above kMaxCandidates.
absl::StatusOr<CandidateSet> MakeCandidates(const CandidateInputs& inputs,
                                            const CandidateOptions& options = {});

// The candidates of which no other one that needs no further engine is at least as good in
// everything: time on the edge and in the cloud, with all and with one stretch of the coding, that
// stretch, bytes (mean, 95th percentile, down), energy (likewise), memory, accuracy drop, leakage,
// depth, and whether the input is sent. For every objective and every constraint that grows in all
// of these, whatever the link, the load and the engines that are left, the best candidate (or one
// that equals it) is among them: in place of any other one the one that dominates it can be taken.
// `power` is the edge's.
std::vector<int> FrontOf(const std::vector<Candidate>& candidates, const Power& power);

}  // namespace tideline
