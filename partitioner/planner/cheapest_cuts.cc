#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "partitioner/planner/network.h"
#include "protocol/messages.h"

namespace tideline {
namespace {

constexpr double kLeastNs = 1e-3;  // per element: faster than any link
constexpr double kMostNs = 1e8;    // per element: slower than any
constexpr double kMaxTransferNs = 1e12;
constexpr size_t kMaxCuts = 256;

using Head = std::vector<bool>;  // by group

// What a head costs: computing plus a rate times elements.
struct Line {
  double compute_ns = 0;
  double elements = 0;

  double At(double ns_per_element) const { return compute_ns + ns_per_element * elements; }
};

// Finds the heads that are cheapest at some rate. Their costs are lines over the rate, and what is
// wanted is the lines of the lower envelope: between two known ones, the cheapest head where they
// cross is either one of the two, and nothing lies between, or a new one (Eisner and Severance
// 1976).
class Envelope {
 public:
  Envelope(const Network& network, Dag times) : network_(network), costs_(std::move(times)) {}

  absl::Status Search() {
    ASSIGN_OR_RETURN(const Line fast, Add(kLeastNs));
    ASSIGN_OR_RETURN(const Line slow, Add(kMostNs));
    return Between(fast, slow);
  }

  const std::set<Head>& heads() const { return heads_; }

 private:
  // The line of the cheapest head at a rate, which is kept.
  absl::StatusOr<Line> Add(double ns_per_element) {
    SetRate(ns_per_element);
    ASSIGN_OR_RETURN(MinimumCut cut, FindMinimumCut(costs_));
    Line line;
    SetRate(0);
    line.compute_ns = static_cast<double>(CutCost(costs_, cut.on_edge));
    SetRate(1);
    line.elements = static_cast<double>(CutCost(costs_, cut.on_edge)) - line.compute_ns;
    heads_.insert(std::move(cut.on_edge));
    return line;
  }

  void SetRate(double ns_per_element) {
    for (size_t i = 0; i < costs_.values.size(); ++i) {
      const double ns = ns_per_element * static_cast<double>(network_.values[i].elements);
      costs_.values[i].transfer_ns = std::llround(std::min(ns, kMaxTransferNs));
    }
  }

  absl::Status Between(const Line& fast, const Line& slow) {
    if (heads_.size() >= kMaxCuts || !(fast.elements > slow.elements)) {
      return absl::OkStatus();
    }
    const double crossing = (slow.compute_ns - fast.compute_ns) / (fast.elements - slow.elements);
    if (!(crossing > kLeastNs && crossing < kMostNs)) {
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const Line middle, Add(crossing));
    // A nanosecond per value is lost in rounding.
    const double rounding = static_cast<double>(costs_.values.size());
    if (middle.At(crossing) >= fast.At(crossing) - rounding) {
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(Between(fast, middle));
    return Between(middle, slow);
  }

  const Network& network_;
  Dag costs_;
  std::set<Head> heads_;
};

// The cut behind `head`; without a name where no canonical one is there.
NetworkCut CutOf(const FrontierTable& table, const Network& network, const Head& head) {
  NetworkCut cut{.depth = NetworkCut::kNoInside};
  std::string name;
  size_t crossing = 0;
  for (size_t i = 0; i < network.values.size(); ++i) {
    const Dag::Value& value = network.shape.values[i];
    const bool inside = value.producer == Dag::kInput || head[value.producer];
    if (inside && !std::ranges::all_of(value.consumers, [&](int group) { return head[group]; })) {
      name += (name.empty() ? "" : "+") + network.values[i].name;
      cut.elements += network.values[i].elements;
      cut.shapes.push_back(network.values[i].shape);
      cut.depth = std::min(cut.depth, network.values[i].depth);
      ++crossing;
    }
  }
  const auto first_outside = std::ranges::find(head, false);
  cut.prefix = static_cast<int>(first_outside - head.begin());
  for (size_t group = cut.prefix; group < head.size(); ++group) {
    if (head[group]) {
      cut.further.push_back(static_cast<int>(group));
    }
  }
  const absl::StatusOr<Frontier> frontier = table.Find(name);
  if (frontier.ok() && crossing <= wire::kMaxTensors) {
    cut.name = frontier->name;
  }
  return cut;
}

}  // namespace

absl::StatusOr<int> AddCheapestCuts(const FrontierTable& table, const Dag& times,
                                    Network& network) {
  Envelope envelope(network, times);
  RETURN_IF_ERROR(envelope.Search());
  std::set<std::string> known{""};
  for (const NetworkCut& cut : network.cuts) {
    known.insert(cut.name);
  }
  int added = 0;
  for (const Head& head : envelope.heads()) {
    NetworkCut cut = CutOf(table, network, head);
    if (known.insert(cut.name).second) {
      network.cuts.insert(network.cuts.end() - 1, std::move(cut));  // "edge" stays the last
      ++added;
    }
  }
  return added;
}

}  // namespace tideline
