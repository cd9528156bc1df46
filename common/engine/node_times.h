#pragma once

#include <cstddef>
#include <vector>

#include "common/program/program.h"

namespace tideline {

// Collects what the nodes of a program took in several runs. Thread-compatible.
class NodeTimes {
 public:
  explicit NodeTimes(size_t nodes) : run_(nodes, 0), runs_(nodes) {}

  // Counts `ns` for `node` in the run that goes on; kNone is nobody's.
  void Add(NodeId node, double ns);
  void EndRun();

  // By NodeId, in nanoseconds: the median over the runs, 0 where there were none.
  std::vector<double> Medians() const;

 private:
  std::vector<double> run_;                // by NodeId
  std::vector<std::vector<double>> runs_;  // by NodeId
};

}  // namespace tideline
