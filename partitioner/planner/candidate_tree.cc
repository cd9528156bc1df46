#include "partitioner/planner/candidate_tree.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace tideline {
namespace {

constexpr size_t kLeafRows = 8;

// The least of each figure of any row.
CandidateRow BoundOf(std::span<const CandidateRow> rows) {
  CandidateRow bound = rows.front();
  for (const CandidateRow& row : rows) {
    bound.edge_ns = std::min(bound.edge_ns, row.edge_ns);
    bound.first_ns = std::min(bound.first_ns, row.first_ns);
    bound.cloud_ns = std::min(bound.cloud_ns, row.cloud_ns);
    bound.last_ns = std::min(bound.last_ns, row.last_ns);
    bound.stretch = std::min(bound.stretch, row.stretch);
    bound.bytes_up = std::min(bound.bytes_up, row.bytes_up);
    bound.bytes_up_high = std::min(bound.bytes_up_high, row.bytes_up_high);
    bound.bytes_down = std::min(bound.bytes_down, row.bytes_down);
    bound.energy_joules = std::min(bound.energy_joules, row.energy_joules);
    bound.first_joules = std::min(bound.first_joules, row.first_joules);
    bound.violation = std::min(bound.violation, row.violation);
    bound.needs &= row.needs;
    bound.uses_cloud = bound.uses_cloud && row.uses_cloud;
  }
  bound.candidate = -1;
  return bound;
}

// What the tree divides by, and from where on differences matter.
struct Key {
  double CandidateRow::* figure;
  double least;
};
constexpr Key kKeys[] = {{&CandidateRow::edge_ns, 1e5},
                         {&CandidateRow::cloud_ns, 1e5},
                         {&CandidateRow::bytes_up, 100},
                         {&CandidateRow::violation, 0.01}};

// The figure in which the rows differ most, as a ratio.
double CandidateRow::* WidestFigure(std::span<const CandidateRow> rows) {
  double CandidateRow::* widest = kKeys[0].figure;
  double most = 0;
  for (const Key& key : kKeys) {
    const auto [low, high] = std::ranges::minmax(rows, {}, key.figure);
    const double ratio = (high.*key.figure + key.least) / (low.*key.figure + key.least);
    if (ratio > most) {
      most = ratio;
      widest = key.figure;
    }
  }
  return widest;
}

}  // namespace

CandidateTree::CandidateTree(std::vector<CandidateRow> rows) : rows_(std::move(rows)) {
  if (!rows_.empty()) {
    Build(0, rows_.size());
  }
}

void CandidateTree::Build(size_t begin, size_t end) {
  const std::span<CandidateRow> rows = std::span(rows_).subspan(begin, end - begin);
  const size_t node = nodes_.size();
  nodes_.push_back({.bound = BoundOf(rows)});
  if (rows.size() <= kLeafRows) {
    nodes_[node].begin = begin;
    nodes_[node].end = end;
  } else {
    const size_t half = rows.size() / 2;
    std::ranges::nth_element(rows, rows.begin() + static_cast<std::ptrdiff_t>(half), {},
                             WidestFigure(rows));
    Build(begin, begin + half);
    Build(begin + half, end);
  }
  nodes_[node].behind = nodes_.size();
}

}  // namespace tideline
