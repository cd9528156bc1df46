#pragma once

#include <memory>
#include <random>
#include <vector>

#include "partitioner/planner/planner.h"

// A random network, as the planner sees it and by definition. The two share no formula: by
// definition heads are sets of groups as bits, and costs are added up from the groups.
namespace tideline {

// One way to run the network, found by the definition.
struct OracleOption {
  double head_ns = 0;
  double encode_ns = 0;
  double decode_ns = 0;
  double tail_ns = 0;
  double stretch = 1;  // the largest, as a share of all that is sent
  double bytes = 0;
  double bytes_p95 = 0;
  double result_bytes = 0;
  double joules = 0;
  double memory = 0;
  double drop = 0;
  double leakage = 0;
  int depth = 0;
  bool sends_input = false;
  bool uses_cloud = false;
  EngineMask needs = 0;

  double edge_ns() const { return head_ns + encode_ns; }
};

// A random network with random profiles, calibration and link.
struct OracleCase {
  std::shared_ptr<const CandidateSet> set;  // the planner's
  std::vector<OracleOption> options;        // the definition's
  Link link;
  Prices prices;
};
OracleCase RandomCase(int nodes, std::mt19937& random);

}  // namespace tideline
