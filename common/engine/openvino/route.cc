#include "common/engine/openvino/route.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/program/costs.h"

namespace tideline::openvino {
namespace {

double WorkBetween(const Program& program, std::span<const Cost> costs, const Frontier& from,
                   const Frontier& to) {
  double work = 0;
  if (const auto nodes = NodesBetween(program, from, to); nodes.ok()) {
    for (const NodeId node : *nodes) {
      work += Work(costs[node]);
    }
  }
  return work;
}

}  // namespace

std::vector<Frontier> ChooseStops(const Program& program, const FrontierTable& frontiers,
                                  size_t count) {
  struct Candidate {
    const Frontier* frontier = nullptr;
    std::pair<int64_t, double> rank;  // elements, then the distance from the even share
  };
  const std::vector<Cost> costs = NodeCosts(program);
  const double total = WorkBetween(program, costs, frontiers.input(), frontiers.edge());
  // The best frontier near each share, from 0 to all of the work.
  std::vector<Candidate> best(count + 2);
  for (const Frontier& frontier : frontiers.single()) {
    if (FrontierElements(program, frontier) > FrontierElements(program, frontiers.input())) {
      continue;
    }
    const double work = WorkBetween(program, costs, frontiers.input(), frontier);
    const double shares = total > 0 ? work / total * static_cast<double>(count + 1) : 0;
    const double nearest = std::round(shares);
    const Candidate candidate{&frontier,
                              {FrontierElements(program, frontier), std::abs(shares - nearest)}};
    Candidate& other = best[static_cast<size_t>(nearest)];
    if (other.frontier == nullptr || candidate.rank < other.rank) {
      other = candidate;
    }
  }
  std::vector<Frontier> stops;
  for (size_t share = 1; share <= count; ++share) {
    if (best[share].frontier != nullptr) {
      stops.push_back(*best[share].frontier);
    }
  }
  return stops;
}

absl::StatusOr<std::vector<Frontier>> FindStops(const FrontierTable& frontiers,
                                                std::span<const std::string> names) {
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const Frontier frontier, frontiers.Find(name));
    if (std::ranges::find(frontiers.single(), frontier) == frontiers.single().end()) {
      return InvalidArgument(
          "'{}' cannot be kept ready: pieces end where one value crosses, between input and edge",
          name);
    }
  }
  std::vector<Frontier> stops;
  for (const Frontier& frontier : frontiers.single()) {
    if (std::ranges::find(names, frontier.name) != names.end()) {
      stops.push_back(frontier);
    }
  }
  return stops;
}

std::vector<Frontier> Enclose(const Program& program, const FrontierTable& frontiers,
                              std::span<const Frontier> stops, const std::set<NodeId>& nodes) {
  const auto has_one = [&](const Frontier& from, const Frontier& to) {
    const auto between = NodesBetween(program, from, to);
    return between.ok() &&
           std::ranges::any_of(*between, [&](NodeId node) { return nodes.contains(node); });
  };
  const std::vector<Frontier>& single = frontiers.single();
  std::vector<Frontier> enclosing;
  for (size_t i = 0; i < single.size(); ++i) {
    const bool before = has_one(i == 0 ? frontiers.input() : single[i - 1], single[i]);
    const bool after =
        has_one(single[i], i + 1 == single.size() ? frontiers.edge() : single[i + 1]);
    if (before != after || std::ranges::find(stops, single[i]) != stops.end()) {
      enclosing.push_back(single[i]);
    }
  }
  return enclosing;
}

}  // namespace tideline::openvino
