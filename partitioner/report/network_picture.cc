#include "partitioner/report/network_picture.h"

#include <algorithm>
#include <numeric>

#include <fmt/ranges.h>

#include "common/program/costs.h"

namespace tideline {
namespace {

// "conv2d hardtanh" of "aten.conv2d.default", "aten.hardtanh.default".
std::string Operators(const Program& program, const Group& group) {
  std::string text;
  for (const NodeId node : group.nodes) {
    const std::string& target = program.nodes[node].target;
    const size_t first = target.find('.') + 1;
    text += (text.empty() ? "" : " ") + target.substr(first, target.rfind('.') - first);
  }
  return text;
}

std::string Shapes(const Program& program, const std::vector<ValueId>& values) {
  const int64_t batch = program.dynamic_batch ? 1 : program.static_batch;
  std::string text;
  for (const ValueId id : values) {
    const Shape shape = program.values[id].ShapeAt(batch);
    text += (text.empty() ? "" : " + ") + fmt::format("{}", fmt::join(shape, "x"));
  }
  return text;
}

// Each group's part of the whole.
std::vector<double> Shares(std::vector<double> work) {
  const double sum = std::accumulate(work.begin(), work.end(), 0.0);
  for (double& part : work) {
    part = sum > 0 ? part / sum : 0;
  }
  return work;
}

std::vector<double> Macs(const Program& program, const FrontierTable& table) {
  const std::vector<Cost> costs = NodeCosts(program);
  std::vector<double> macs;
  for (const Group& group : table.groups()) {
    double& sum = macs.emplace_back(0);
    for (const NodeId node : group.nodes) {
      sum += static_cast<double>(costs[node].macs);
    }
  }
  return macs;
}

void SetReads(const Program& program, const FrontierTable& table, NetworkPicture& picture) {
  std::vector<int> group_of(program.values.size(), NetworkPicture::kInput);
  for (size_t i = 0; i < table.groups().size(); ++i) {
    for (const ValueId id : table.groups()[i].outputs) {
      group_of[id] = static_cast<int>(i);
      const auto& results = program.outputs;
      picture.groups[i].makes_result |= std::ranges::find(results, id) != results.end();
    }
  }
  for (size_t i = 0; i < table.groups().size(); ++i) {
    std::vector<int>& reads = picture.groups[i].reads;
    for (const ValueId id : Program::Reads(program.nodes[table.groups()[i].nodes.front()])) {
      if (group_of[id] >= 0 || program.values[id].kind == ValueKind::kInput) {
        reads.push_back(group_of[id]);
      }
    }
    std::ranges::sort(reads);
    const auto repeated = std::ranges::unique(reads);
    reads.erase(repeated.begin(), repeated.end());
  }
  for (const Frontier& cut : table.single()) {
    picture.groups[group_of[cut.values.front()]].cut = cut.name;
  }
}

}  // namespace

NetworkPicture MakeNetworkPicture(const Program& program, const FrontierTable& table,
                                  const std::vector<double>& groups_ns) {
  NetworkPicture picture;
  picture.share_is_time = groups_ns.size() == table.groups().size();
  picture.input = "input " + Shapes(program, program.inputs);
  const std::vector<double> shares =
      Shares(picture.share_is_time ? groups_ns : Macs(program, table));
  for (const Group& group : table.groups()) {
    picture.groups.push_back({.name = group.name,
                              .operators = Operators(program, group),
                              .shape = Shapes(program, group.outputs),
                              .share = shares[picture.groups.size()]});
  }
  SetReads(program, table, picture);
  return picture;
}

void SetCut(const Network& network, const std::string& cut, NetworkPicture& picture) {
  const auto found = std::ranges::find(network.cuts, cut, &NetworkCut::name);
  if (found == network.cuts.end()) {
    return;
  }
  for (size_t i = 0; i < picture.groups.size(); ++i) {
    picture.groups[i].on_edge = static_cast<int>(i) < found->prefix;
  }
  for (const int group : found->further) {
    picture.groups[group].on_edge = true;
  }
}

}  // namespace tideline
