#include "partitioner/planner/dag.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/boykov_kolmogorov_max_flow.hpp>

#include "common/base/checked.h"

namespace tideline {
namespace {

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;

struct Vertex {
  boost::default_color_type color = boost::white_color;
  int64_t distance = 0;
  Traits::edge_descriptor predecessor;
};

struct Arc {
  int64_t capacity = 0;
  int64_t residual = 0;
  Traits::edge_descriptor reverse;
};

using FlowGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, Vertex, Arc>;

int64_t Finite(int64_t cost) { return cost == kForbidden ? 0 : cost; }

// The sum of all finite costs, which is less than any sum with a forbidden one may count as.
// nullopt where so many sums of that size would overflow.
std::optional<int64_t> FiniteSum(const Dag& dag) {
  std::optional<int64_t> sum = 0;
  const auto add = [&sum](int64_t cost) {
    sum = sum ? CheckedAdd(*sum, Finite(cost)) : std::nullopt;
  };
  for (const Dag::Node& node : dag.nodes) {
    add(node.edge_ns);
    add(node.cloud_ns);
  }
  for (const Dag::Value& value : dag.values) {
    add(value.transfer_ns);
  }
  const auto terms = static_cast<int64_t>(dag.nodes.size() + dag.values.size() + 1);
  const int64_t limit = (int64_t{1} << 62) / terms;
  return sum && *sum < limit ? sum : std::nullopt;
}

absl::Status CheckEnds(const Dag& dag) {
  const int nodes = static_cast<int>(dag.nodes.size());
  size_t reads = 0;
  for (size_t i = 0; i < dag.values.size(); ++i) {
    const Dag::Value& value = dag.values[i];
    if (value.producer < Dag::kInput || value.producer >= nodes) {
      return InvalidArgument("value {}: its producer is node {}, there are {}", i, value.producer,
                             nodes);
    }
    for (const int consumer : value.consumers) {
      if (consumer < 0 || consumer >= nodes) {
        return InvalidArgument("value {}: node {} reads it, there are {}", i, consumer, nodes);
      }
    }
    reads += value.consumers.size() + 1;
  }
  if (reads > kMaxDagReads) {
    return InvalidArgument("the graph has {} values and reads of them, at most {} are planned for",
                           reads, kMaxDagReads);
  }
  return absl::OkStatus();
}

// Takes away nodes that depend on nothing that is left; on a circle some stay.
absl::Status CheckOrder(const Dag& dag) {
  std::vector<int> waits(dag.nodes.size(), 0);
  std::vector<std::vector<int>> made(dag.nodes.size());  // values by producer
  for (size_t i = 0; i < dag.values.size(); ++i) {
    if (dag.values[i].producer != Dag::kInput) {
      made[dag.values[i].producer].push_back(static_cast<int>(i));
      for (const int consumer : dag.values[i].consumers) {
        ++waits[consumer];
      }
    }
  }
  std::vector<int> ready;
  for (size_t node = 0; node < waits.size(); ++node) {
    if (waits[node] == 0) {
      ready.push_back(static_cast<int>(node));
    }
  }
  for (size_t next = 0; next < ready.size(); ++next) {
    for (const int value : made[ready[next]]) {
      for (const int consumer : dag.values[value].consumers) {
        if (--waits[consumer] == 0) {
          ready.push_back(consumer);
        }
      }
    }
  }
  if (ready.size() == waits.size()) {
    return absl::OkStatus();
  }
  const auto stuck = std::ranges::find_if(waits, [](int count) { return count > 0; });
  return InvalidArgument("node {} depends on itself: the graph has a circle",
                         stuck - waits.begin());
}

// Source = what is on the edge for sure, sink = the cloud. A vertex that ends up on the source's
// side runs on the edge (a node) or has not been sent (a value).
class CutGraph {
 public:
  CutGraph(const Dag& dag, int64_t infinite)
      : infinite_(infinite), graph_(dag.nodes.size() + dag.values.size() + 2) {
    const size_t nodes = dag.nodes.size();
    source_ = nodes + dag.values.size();
    sink_ = source_ + 1;
    for (size_t node = 0; node < nodes; ++node) {
      Connect(source_, node, Capacity(dag.nodes[node].cloud_ns));
      Connect(node, sink_, Capacity(dag.nodes[node].edge_ns));
    }
    for (size_t i = 0; i < dag.values.size(); ++i) {
      const Dag::Value& value = dag.values[i];
      const bool input = value.producer == Dag::kInput;
      const size_t producer = input ? source_ : static_cast<size_t>(value.producer);
      const size_t sent = nodes + i;
      // A node on the edge has its producers there: no way from it to one in the cloud.
      Connect(producer, sent, Capacity(value.transfer_ns));
      for (const int consumer : value.consumers) {
        Connect(sent, consumer, infinite_);
        if (!input) {
          Connect(consumer, producer, infinite_);
        }
      }
    }
  }

  // Which nodes are on the source's side of a minimum cut: those that the residual graph reaches.
  std::vector<bool> Solve(size_t nodes) {
    boost::boykov_kolmogorov_max_flow(
        graph_, get(&Arc::capacity, graph_), get(&Arc::residual, graph_),
        get(&Arc::reverse, graph_), get(&Vertex::predecessor, graph_), get(&Vertex::color, graph_),
        get(&Vertex::distance, graph_), get(boost::vertex_index, graph_), source_, sink_);
    std::vector<bool> reached(num_vertices(graph_), false);
    std::vector<size_t> waiting{source_};
    reached[source_] = true;
    while (!waiting.empty()) {
      const size_t from = waiting.back();
      waiting.pop_back();
      for (const auto& arc : boost::make_iterator_range(out_edges(from, graph_))) {
        const size_t to = target(arc, graph_);
        if (graph_[arc].residual > 0 && !reached[to]) {
          reached[to] = true;
          waiting.push_back(to);
        }
      }
    }
    reached.resize(nodes);
    return reached;
  }

 private:
  int64_t Capacity(int64_t cost) const { return cost == kForbidden ? infinite_ : cost; }

  void Connect(size_t from, size_t to, int64_t capacity) {
    const auto forth = add_edge(from, to, graph_).first;
    const auto reverse = add_edge(to, from, graph_).first;
    graph_[forth] = {capacity, 0, reverse};
    graph_[reverse] = {0, 0, forth};
  }

  int64_t infinite_;
  FlowGraph graph_;
  size_t source_ = 0;
  size_t sink_ = 0;
};

}  // namespace

absl::Status CheckDag(const Dag& dag) {
  if (dag.nodes.size() > kMaxDagNodes || dag.values.size() > kMaxDagReads) {
    return InvalidArgument(
        "the graph has {} nodes and {} values, at most {} and {} are planned for", dag.nodes.size(),
        dag.values.size(), kMaxDagNodes, kMaxDagReads);
  }
  for (size_t i = 0; i < dag.nodes.size(); ++i) {
    if (dag.nodes[i].edge_ns < 0 || dag.nodes[i].cloud_ns < 0) {
      return InvalidArgument("node {} takes {} ns on the edge and {} ns in the cloud", i,
                             dag.nodes[i].edge_ns, dag.nodes[i].cloud_ns);
    }
  }
  for (size_t i = 0; i < dag.values.size(); ++i) {
    if (dag.values[i].transfer_ns < 0) {
      return InvalidArgument("value {} takes {} ns to send", i, dag.values[i].transfer_ns);
    }
  }
  RETURN_IF_ERROR(CheckEnds(dag));
  RETURN_IF_ERROR(CheckOrder(dag));
  if (!FiniteSum(dag)) {
    return InvalidArgument("the costs of the graph's {} nodes add up to too much",
                           dag.nodes.size());
  }
  return absl::OkStatus();
}

int64_t CutCost(const Dag& dag, const std::vector<bool>& on_edge) {
  int64_t total = 0;
  const auto add = [&total](int64_t cost) {
    total = cost == kForbidden ? kForbidden : CheckedAdd(total, cost).value_or(kForbidden);
  };
  for (size_t node = 0; node < dag.nodes.size(); ++node) {
    add(on_edge[node] ? dag.nodes[node].edge_ns : dag.nodes[node].cloud_ns);
  }
  for (const Dag::Value& value : dag.values) {
    const bool made_on_edge = value.producer == Dag::kInput || on_edge[value.producer];
    const auto in_cloud = [&](int consumer) { return !on_edge[consumer]; };
    if (made_on_edge && std::ranges::any_of(value.consumers, in_cloud)) {
      add(value.transfer_ns);
    }
  }
  return total;
}

absl::StatusOr<MinimumCut> FindMinimumCut(const Dag& dag) {
  RETURN_IF_ERROR(CheckDag(dag));
  CutGraph graph(dag, /*infinite=*/*FiniteSum(dag) + 1);
  MinimumCut cut;
  cut.on_edge = graph.Solve(dag.nodes.size());
  cut.cost_ns = CutCost(dag, cut.on_edge);
  if (cut.cost_ns == kForbidden) {
    return FailedPrecondition(
        "every cut runs a node where it cannot run, or sends a value that "
        "must not be sent");
  }
  return cut;
}

}  // namespace tideline
