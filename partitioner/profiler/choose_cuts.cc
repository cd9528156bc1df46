#include "partitioner/profiler/choose_cuts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/program/costs.h"

namespace tideline {
namespace {

// The work of all groups up to each cut of frontiers.single(), as a share of the whole's.
std::vector<double> SharesBefore(const Program& program, const FrontierTable& frontiers) {
  const std::vector<double> work = GroupWork(program, frontiers);
  const double whole = std::accumulate(work.begin(), work.end(), 0.0);
  std::vector<double> shares;
  double sum = 0;
  size_t group = 0;
  for (const Frontier& cut : frontiers.single()) {
    const NodeId last = program.values[cut.values.front()].producer;
    while (group < work.size() && frontiers.groups()[group].nodes.front() <= last) {
      sum += work[group++];
    }
    shares.push_back(whole > 0 ? sum / whole : 0);
  }
  return shares;
}

}  // namespace

std::vector<double> GroupWork(const Program& program, const FrontierTable& frontiers) {
  const std::vector<Cost> costs = NodeCosts(program);
  std::vector<double> work;
  for (const Group& group : frontiers.groups()) {
    double& sum = work.emplace_back(0);
    for (const NodeId node : group.nodes) {
      sum += Work(costs[node]);
    }
  }
  return work;
}

std::vector<Frontier> ChooseCuts(const Program& program, const FrontierTable& frontiers,
                                 size_t count) {
  const std::vector<Frontier>& all = frontiers.single();
  if (count >= all.size()) {
    return all;
  }
  const std::vector<double> shares = SharesBefore(program, frontiers);
  std::vector<bool> chosen(all.size(), false);
  for (size_t i = 1; i <= count; ++i) {
    const double wanted = static_cast<double>(i) / static_cast<double>(count + 1);
    size_t best = all.size();
    for (size_t cut = 0; cut < all.size(); ++cut) {
      const bool nearer =
          best == all.size() || std::abs(shares[cut] - wanted) < std::abs(shares[best] - wanted);
      if (!chosen[cut] && nearer) {
        best = cut;
      }
    }
    chosen[best] = true;
  }
  std::vector<Frontier> cuts;
  for (size_t cut = 0; cut < all.size(); ++cut) {
    if (chosen[cut]) {
      cuts.push_back(all[cut]);
    }
  }
  return cuts;
}

}  // namespace tideline
