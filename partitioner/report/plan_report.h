#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "partitioner/planner/explain.h"
#include "partitioner/planner/planner.h"
#include "partitioner/report/network_picture.h"

// What `tideline plan` has to say, as plain data: make_report.h fills it, html_report.h and
// json_report.h write it down.
namespace tideline {

// One candidate under the conditions of the report.
struct PlanOption {
  int candidate = -1;
  std::string cut;
  std::string codec;         // "" at "edge"
  std::string edge_engine;   // "aten/f32/2"; "" where the edge computes nothing
  std::string cloud_engine;  // likewise
  Terms terms;
  Score score;
  double bytes_up = 0;  // the mean
  double bytes_up_high = 0;
  std::optional<double> energy_joules;  // absent where the edge's power is unknown
  double memory_bytes = 0;              // on the edge
  double accuracy_drop = 0;             // upper bound; kUnknownDrop: never measured
  double leakage = 0;
  std::string why;  // it comes after the best; "" for the best itself

  bool is_edge() const { return cut == "edge"; }
  bool is_input() const { return cut == "input"; }
  // "features.3 int8/fast", "edge"
  std::string Label() const { return codec.empty() ? cut : cut + " " + codec; }
};

struct ConstraintReport {
  ConstraintCheck check;              // of the best
  std::optional<PlanOption> without;  // what would be best without this constraint, where it binds
  std::optional<ConstraintCheck> out_of_reach;  // of the nearest plan, where none can meet it
};

struct NextReport {
  std::string when;  // "from 7.3Mbps up"
  PlanOption option;
};

struct SweepReport {
  struct Stretch {
    BitRate from;
    BitRate to;
    PlanOption option;  // with its terms in the middle of the stretch
  };
  // The latency of one way to do it over the whole range.
  struct Curve {
    std::string name;               // "best", "edge", "input jpeg"
    std::vector<double> latencies;  // ns, at `rates`
  };

  BitRate from;
  BitRate to;
  std::vector<Stretch> stretches;  // ascending
  std::vector<double> rates;       // bits per second, evenly spaced in proportion
  std::vector<Curve> curves;
};

struct WhatIfReport {
  std::string change;  // "cloud.speed=2x"
  PlanOption now;      // today's best under the change
  PlanOption then;     // the best under the change
};

struct PlanReport {
  std::string model;                                        // "mobilenet_v2 version 1"
  std::vector<std::pair<std::string, std::string>> inputs;  // what it was planned from
  std::vector<std::string> warnings;
  Link link;
  Objective objective = Objective::kLatency;
  double latency_percentile = 0.99;

  bool met = true;                 // every target
  std::vector<PlanOption> ranked;  // the best of each cut, best first; edge and input always
  std::vector<PlanOption> codecs;  // other codecs and engines at the best cut, best first
  std::vector<PlanOption> front;   // every candidate that no other one dominates
  size_t candidates = 0;
  std::vector<ConstraintReport> constraints;
  std::vector<NextReport> next;  // what the choice would be if something changed
  SweepReport sweep;
  std::vector<WhatIfReport> what_ifs;
  NetworkPicture network;

  const PlanOption& best() const { return ranked.front(); }
};

}  // namespace tideline
