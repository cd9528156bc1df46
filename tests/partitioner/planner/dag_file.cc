#include "tests/partitioner/planner/dag_file.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include <nlohmann/json.hpp>

#include "common/base/file.h"

namespace tideline {
namespace {

constexpr size_t kMaxFile = size_t{64} << 20;

int64_t Nanoseconds(double milliseconds) { return std::llround(milliseconds * 1e6); }

}  // namespace

absl::StatusOr<Dag> ReadDagFile(const std::string& path, double scale) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxFile));
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("nodes") || !json.contains("edges")) {
    return DataLoss("{}: no graph with nodes and edges", path);
  }
  Dag dag;
  std::map<int64_t, int> index;
  for (const auto& node : json["nodes"]) {
    index[node["id"].get<int64_t>()] = static_cast<int>(dag.nodes.size());
    dag.nodes.push_back({.edge_ns = Nanoseconds(node["cpuLatency"].get<double>()),
                         .cloud_ns = Nanoseconds(node["fpgaLatency"].get<double>())});
  }
  std::map<int, Dag::Value> outputs;
  Dag::Value input;
  std::vector<bool> reads(dag.nodes.size(), false);
  for (const auto& edge : json["edges"]) {
    const int from = index.at(edge["sourceId"].get<int64_t>());
    const int to = index.at(edge["destId"].get<int64_t>());
    const int64_t cost = Nanoseconds(scale * edge["cost"].get<double>());
    Dag::Value& output = outputs[from];
    output.producer = from;
    output.consumers.push_back(to);
    output.transfer_ns = std::max(output.transfer_ns, cost);
    input.transfer_ns = std::max(input.transfer_ns, cost);
    reads[to] = true;
  }
  for (size_t node = 0; node < reads.size(); ++node) {
    if (!reads[node]) {
      input.consumers.push_back(static_cast<int>(node));
    }
  }
  dag.values.push_back(input);
  for (const auto& [node, output] : outputs) {
    dag.values.push_back(output);
  }
  return dag;
}

Dag GenerateDag(int nodes, unsigned seed) {
  std::mt19937 random(seed);
  const auto pick = [&](int below) {
    return static_cast<int>(random() % static_cast<unsigned>(below));
  };
  Dag dag;
  dag.values.push_back({.consumers = {0}, .transfer_ns = Nanoseconds(100 + pick(100))});
  for (int i = 0; i < nodes; ++i) {
    const int64_t edge = Nanoseconds(1 + pick(20));
    dag.nodes.push_back({.edge_ns = edge, .cloud_ns = edge / 10});
    dag.values.push_back({.producer = i, .transfer_ns = Nanoseconds(5 + pick(100))});
  }
  // Value i + 1 is that of node i.
  for (int join = 0; join < nodes - 1;) {
    const int branches = std::min(1 + pick(4), nodes - 1 - join);
    for (int branch = join + 1; branch <= join + branches; ++branch) {
      dag.values[join + 1].consumers.push_back(branch);
    }
    const int next = std::min(join + branches + 1, nodes - 1);
    for (int branch = join + 1; branch < next; ++branch) {
      dag.values[branch + 1].consumers.push_back(next);
    }
    join = next;
  }
  return dag;
}

}  // namespace tideline
