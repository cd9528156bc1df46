#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "common/program/frontier.h"
#include "common/program/program.h"
#include "common/tensor/tensor.h"
#include "partitioner/planner/dag.h"

// What the planner knows of a network: its groups as a graph and the cuts that it considers.
namespace tideline {

// A canonical cut and the head in front of it.
struct NetworkCut {
  static constexpr int kNoInside = std::numeric_limits<int>::max();

  std::string name;           // the frontier's
  int64_t elements = 0;       // of the values that cross it, for a batch of 1
  std::vector<Shape> shapes;  // of those values, likewise
  int depth = 0;              // groups between the input and the nearest value that is sent; 0 at
                              // "input", kNoInside at "edge", where no value from inside is sent
  int prefix = 0;             // groups [0, prefix) are in the head,
  std::vector<int> further;   // and these behind them, ascending

  bool is_input() const { return name == "input"; }
  bool is_edge() const { return name == "edge"; }
};

struct Network {
  std::vector<NetworkCut> cuts;  // "input", single values in topological order, several, "edge"
  uint64_t several_exist = 0;    // cuts of several values within the width that was asked for
  bool all_counted = true;       // false: there are more
  int groups = 0;
  // The groups as nodes, what they hand on and the network's inputs as values; without costs.
  Dag shape;
  struct Value {
    std::string name;      // "" for an input
    int64_t elements = 0;  // for a batch of 1
    Shape shape;           // likewise
    int depth = 0;         // groups on the shortest way from the input to it, its own included
  };
  std::vector<Value> values;  // those of `shape`
};

struct CutLimits {
  size_t several = 2000;  // at most so many cuts of several values, evenly spread
  size_t values_per_cut = 4;
};

// Pure.
Network DescribeNetwork(const Program& program, const FrontierTable& table,
                        const CutLimits& limits = {});

// NetworkCut::depth of a cut, also of one that is not listed. Pure.
int DepthOf(const Program& program, const FrontierTable& table, const Frontier& cut);

// Adds the cuts, of as many values as a request carries, that are the cheapest of all cuts at some
// rate of the link, if they are missing: for networks that are too wide to list every cut. `times`
// is network.shape with the nodes' costs; sending is taken to cost in proportion to elements, and
// every proportion is covered. What a request saves by coding while it sends is in no proportion:
// it is not counted. Returns how many were added. Errors: those of FindMinimumCut.
absl::StatusOr<int> AddCheapestCuts(const FrontierTable& table, const Dag& times, Network& network);

// How much more the best cut of `network` costs than the best of all that there are, as a fraction:
// 0 where no cut is missing. `costs` is network.shape with costs, which add up. Errors: those of
// FindMinimumCut.
absl::StatusOr<double> GapToAllCuts(const Network& network, const Dag& costs);

}  // namespace tideline
