#pragma once

#include <cstddef>
#include <vector>

#include "partitioner/planner/evaluation.h"

namespace tideline {

// Candidates in a tree (Bentley 1975) in which every node knows the least of each figure below it.
// As a score grows with each figure, what that bound scores is no more than any candidate below
// scores, and a branch whose bound is not good enough is left out. Private to partitioner/planner.
// Immutable, thread-safe.
class CandidateTree {
 public:
  CandidateTree() = default;
  explicit CandidateTree(std::vector<CandidateRow> rows);

  // Calls `offer` with every row that may matter: all but those below a bound that `is_wanted`
  // refuses. Both take a const CandidateRow&.
  template <typename IsWanted, typename Offer>
  void Visit(IsWanted is_wanted, Offer offer) const {
    for (size_t i = 0; i < nodes_.size();) {
      const Node& node = nodes_[i];
      if (!is_wanted(node.bound)) {
        i = node.behind;
        continue;
      }
      for (size_t row = node.begin; row < node.end; ++row) {
        offer(rows_[row]);
      }
      ++i;
    }
  }

  const std::vector<CandidateRow>& rows() const { return rows_; }

 private:
  struct Node {
    CandidateRow bound;
    size_t behind = 0;  // the node after everything below this one
    size_t begin = 0;   // rows of a leaf
    size_t end = 0;
  };

  void Build(size_t begin, size_t end);

  std::vector<CandidateRow> rows_;
  std::vector<Node> nodes_;  // each before those below it
};

}  // namespace tideline
