#include "edge/status/graph_json.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/program/costs.h"
#include "common/program/operators.h"

namespace tideline {
namespace {

using Json = nlohmann::ordered_json;

// The groups of a program, with what each one costs and reads.
class Groups {
 public:
  Groups(const Program& program, const FrontierTable& frontiers)
      : program_(program), groups_(frontiers.groups()), costs_(NodeCosts(program)) {
    for (size_t i = 0; i < groups_.size(); ++i) {
      for (const NodeId node : groups_[i].nodes) {
        group_of_[node] = i;
      }
    }
  }

  Json Node(size_t index) const {
    const Group& group = groups_[index];
    return {{"id", index},           {"name", group.name},
            {"kind", Kind(group)},   {"macs", CostOf(group).macs},
            {"shape", Shape(group)}, {"inputs", Inputs(index)}};
  }

  // The groups that have run when `nodes` have, ascending.
  std::vector<size_t> Of(const std::vector<NodeId>& nodes) const {
    std::vector<size_t> groups;
    for (const NodeId node : nodes) {
      if (const auto found = group_of_.find(node); found != group_of_.end()) {
        groups.push_back(found->second);
      }
    }
    return Sorted(std::move(groups));
  }

  double WorkOf(const std::vector<size_t>& groups) const {
    double work = 0;
    for (const size_t index : groups) {
      work += Work(CostOf(groups_[index]));
    }
    return work;
  }

 private:
  static std::vector<size_t> Sorted(std::vector<size_t> indices) {
    std::ranges::sort(indices);
    const auto repeated = std::ranges::unique(indices);
    indices.erase(repeated.begin(), repeated.end());
    return indices;
  }

  Cost CostOf(const Group& group) const {
    Cost sum;
    for (const NodeId node : group.nodes) {
      sum += costs_[node];
    }
    return sum;
  }

  // The operator that costs most.
  std::string Kind(const Group& group) const {
    const auto most =
        std::ranges::max_element(group.nodes, {}, [&](NodeId node) { return Work(costs_[node]); });
    return most == group.nodes.end() ? "" : std::string(BaseName(program_.nodes[*most].target));
  }

  Json Shape(const Group& group) const {
    if (group.outputs.empty()) {
      return Json::array();
    }
    const int64_t batch = program_.dynamic_batch ? 1 : program_.static_batch;
    return program_.values[group.outputs.front()].ShapeAt(batch);
  }

  std::vector<size_t> Inputs(size_t index) const {
    std::vector<size_t> inputs;
    for (const NodeId node : groups_[index].nodes) {
      for (const ValueId value : Program::Reads(program_.nodes[node])) {
        const auto found = group_of_.find(program_.values[value].producer);
        if (found != group_of_.end() && found->second != index) {
          inputs.push_back(found->second);
        }
      }
    }
    return Sorted(std::move(inputs));
  }

  const Program& program_;
  const std::vector<Group>& groups_;
  const std::vector<Cost> costs_;
  std::map<NodeId, size_t> group_of_;
};

}  // namespace

std::string GraphJson(const std::string& model, const Program& program,
                      const FrontierTable& frontiers, std::span<const Frontier> further) {
  const Groups groups(program, frontiers);
  Json nodes = Json::array();
  std::vector<size_t> all;
  for (size_t i = 0; i < frontiers.groups().size(); ++i) {
    nodes.push_back(groups.Node(i));
    all.push_back(i);
  }
  const double whole = groups.WorkOf(all);
  Json cuts = Json::array();
  std::vector<Frontier> candidates = frontiers.single();
  std::ranges::copy_if(further, std::back_inserter(candidates),
                       [](const Frontier& frontier) { return frontier.values.size() > 1; });
  for (const Frontier& frontier : candidates) {
    const absl::StatusOr<std::vector<NodeId>> head =
        NodesBetween(program, frontiers.input(), frontier);
    if (head.ok()) {
      const std::vector<size_t> after = groups.Of(*head);
      cuts.push_back({{"name", frontier.name},
                      {"after", after},
                      {"depth", whole > 0 ? groups.WorkOf(after) / whole : 0}});
    }
  }
  const Json json = {{"model", model}, {"nodes", nodes}, {"cuts", cuts}};
  return json.dump(/*indent=*/-1, /*indent_char=*/' ', /*ensure_ascii=*/false,
                   Json::error_handler_t::replace);
}

}  // namespace tideline
