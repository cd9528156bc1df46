#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "common/base/status.h"

// A network as a weighted graph, for costs that add up: each node costs what it takes on the side
// that runs it, each value what it takes to send it once. What a request saves by coding a value
// while it sends it does not add up, and is no part of this.
namespace tideline {

inline constexpr int kMaxDagNodes = 200'000;
inline constexpr int kMaxDagReads = 2'000'000;

// A cost that no sum may contain: a node that cannot run there, a value that must not be sent.
inline constexpr int64_t kForbidden = std::numeric_limits<int64_t>::max();

struct Dag {
  static constexpr int kInput = -1;  // "producer" of what is on the edge before any node has run

  struct Node {
    int64_t edge_ns = 0;
    int64_t cloud_ns = 0;
  };
  struct Value {
    int producer = kInput;
    std::vector<int> consumers;  // nodes, in any order
    int64_t transfer_ns = 0;     // paid once where any consumer runs in the cloud
  };

  std::vector<Node> nodes;    // in any order
  std::vector<Value> values;  // the results' way back is free: results need no value
};

// Costs are 0 to kForbidden, ends are nodes that exist, there is no circle, the finite costs add up
// to less than 2^62 divided by the number of nodes and values. Errors: InvalidArgument naming the
// node or value.
absl::Status CheckDag(const Dag& dag);

struct MinimumCut {
  int64_t cost_ns = 0;
  std::vector<bool> on_edge;  // by node; with a node everything that it depends on
};

// The cheapest of all ways to run a part of the nodes on the edge, closed under "depends on", and
// the rest in the cloud. Exact: a minimum s-t cut (Boykov and Kolmogorov 2004), in which a value
// is a vertex of its own so that it is paid once. Of several the one with the fewest nodes on the
// edge. Checks `dag`. Pure. Errors: those of CheckDag; FailedPrecondition where every cut has a
// forbidden cost.
absl::StatusOr<MinimumCut> FindMinimumCut(const Dag& dag);

// What the division `on_edge` (by node, closed under "depends on") costs; kForbidden where
// anything in it is forbidden.
int64_t CutCost(const Dag& dag, const std::vector<bool>& on_edge);

}  // namespace tideline
