#include "partitioner/planner/network.h"

#include <algorithm>
#include <utility>

#include "common/program/costs.h"

namespace tideline {
namespace {

// For a batch of 1, of program.static_batch where the batch is static.
Shape ShapeOf(const Program& program, ValueId id) {
  return program.values[id].ShapeAt(program.dynamic_batch ? 1 : program.static_batch);
}

// The groups of a program with what they read, and where each value comes from.
class Groups {
 public:
  Groups(const Program& program, const FrontierTable& table)
      : group_of_(program.values.size(), kNone),
        reads_(table.groups().size()),
        depth_(table.groups().size(), 0) {
    for (size_t i = 0; i < reads_.size(); ++i) {
      for (const ValueId id : table.groups()[i].outputs) {
        group_of_[id] = static_cast<int>(i);
      }
    }
    for (size_t i = 0; i < reads_.size(); ++i) {
      int nearest = NetworkCut::kNoInside - 1;
      for (const ValueId id : Program::Reads(program.nodes[table.groups()[i].nodes.front()])) {
        const bool input = program.values[id].kind == ValueKind::kInput;
        if (input || group_of_[id] != kNone) {
          reads_[i].push_back(id);
          nearest = std::min(nearest, input ? 0 : depth_[group_of_[id]]);
        }
      }
      std::ranges::sort(reads_[i]);
      const auto repeated = std::ranges::unique(reads_[i]);
      reads_[i].erase(repeated.begin(), repeated.end());
      depth_[i] = nearest + 1;
    }
  }

  int count() const { return static_cast<int>(reads_.size()); }
  int GroupOf(ValueId id) const { return group_of_[id]; }
  const std::vector<ValueId>& Reads(int group) const { return reads_[group]; }

  // Groups on the shortest way from the input up to a value.
  int Depth(ValueId id) const { return group_of_[id] == kNone ? 0 : depth_[group_of_[id]]; }
  int Depth(const Frontier& frontier) const {
    int depth = NetworkCut::kNoInside;
    for (const ValueId id : frontier.values) {
      depth = std::min(depth, Depth(id));
    }
    return depth;
  }

  // The groups from `prefix` on that `frontier` depends on, ascending.
  std::vector<int> Further(const Frontier& frontier, int prefix) const {
    std::vector<int> found;
    const auto add = [&](ValueId id) {
      const int group = group_of_[id];
      if (group >= prefix && std::ranges::find(found, group) == found.end()) {
        found.push_back(group);
      }
    };
    std::ranges::for_each(frontier.values, add);
    for (size_t next = 0; next < found.size(); ++next) {
      std::ranges::for_each(reads_[found[next]], add);
    }
    std::ranges::sort(found);
    return found;
  }

 private:
  static_assert(kNone == Dag::kInput);       // made by no group
  std::vector<int> group_of_;                // by value
  std::vector<std::vector<ValueId>> reads_;  // by group, each once
  std::vector<int> depth_;                   // by group: groups up to it on the shortest way
};

void SetShape(const Program& program, const FrontierTable& table, const Groups& groups,
              Network& network) {
  std::vector<int> index(program.values.size(), kNone);
  std::vector<std::string> names(program.values.size());
  for (const Group& group : table.groups()) {
    for (size_t i = 0; i < group.outputs.size(); ++i) {
      names[group.outputs[i]] = group.output_names[i];
    }
  }
  network.shape.nodes.resize(groups.count());
  for (int group = 0; group < groups.count(); ++group) {
    for (const ValueId id : groups.Reads(group)) {
      if (index[id] == kNone) {
        index[id] = static_cast<int>(network.shape.values.size());
        network.shape.values.push_back({.producer = groups.GroupOf(id)});
        network.values.push_back({names[id], FrontierElements(program, {.values = {id}}),
                                  ShapeOf(program, id), groups.Depth(id)});
      }
      network.shape.values[index[id]].consumers.push_back(group);
    }
  }
}

}  // namespace

Network DescribeNetwork(const Program& program, const FrontierTable& table,
                        const CutLimits& limits) {
  const Groups groups(program, table);
  Network network;
  network.groups = groups.count();
  SetShape(program, table, groups, network);
  const auto add = [&](const Frontier& frontier, int depth, int prefix) {
    network.cuts.push_back({.name = frontier.name,
                            .elements = FrontierElements(program, frontier),
                            .depth = depth,
                            .prefix = prefix});
    for (const ValueId id : frontier.values) {
      network.cuts.back().shapes.push_back(ShapeOf(program, id));
    }
  };
  add(table.input(), 0, 0);
  std::vector<int> prefixes{0};  // where blocks begin: behind each cut of one value
  for (const Frontier& frontier : table.single()) {
    prefixes.push_back(groups.GroupOf(frontier.values.front()) + 1);
    add(frontier, groups.Depth(frontier), prefixes.back());
  }
  FrontierTable::Multi several = table.MultiValue(limits.several, limits.values_per_cut);
  network.several_exist = several.exist;
  network.all_counted = several.exact;
  for (const Frontier& frontier : several.frontiers) {
    int last = 0;
    for (const ValueId id : frontier.values) {
      last = std::max(last, groups.GroupOf(id));
    }
    const int prefix = *std::prev(std::ranges::upper_bound(prefixes, last));
    add(frontier, groups.Depth(frontier), prefix);
    network.cuts.back().further = groups.Further(frontier, prefix);
  }
  add(table.edge(), NetworkCut::kNoInside, groups.count());
  return network;
}

int DepthOf(const Program& program, const FrontierTable& table, const Frontier& cut) {
  return cut.is_edge() ? NetworkCut::kNoInside : Groups(program, table).Depth(cut);
}

absl::StatusOr<double> GapToAllCuts(const Network& network, const Dag& costs) {
  ASSIGN_OR_RETURN(const MinimumCut exact, FindMinimumCut(costs));
  int64_t best = kForbidden;
  for (const NetworkCut& cut : network.cuts) {
    std::vector<bool> on_edge(network.groups, false);
    std::fill(on_edge.begin(), on_edge.begin() + cut.prefix, true);
    for (const int group : cut.further) {
      on_edge[group] = true;
    }
    best = std::min(best, CutCost(costs, on_edge));
  }
  if (exact.cost_ns == 0) {
    return best == 0 ? 0.0 : std::numeric_limits<double>::infinity();
  }
  return static_cast<double>(best - exact.cost_ns) / static_cast<double>(exact.cost_ns);
}

}  // namespace tideline
