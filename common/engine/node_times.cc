#include "common/engine/node_times.h"

#include <algorithm>

namespace tideline {

void NodeTimes::Add(NodeId node, double ns) {
  if (node != kNone) {
    run_[node] += ns;
  }
}

void NodeTimes::EndRun() {
  for (size_t node = 0; node < run_.size(); ++node) {
    runs_[node].push_back(run_[node]);
    run_[node] = 0;
  }
}

std::vector<double> NodeTimes::Medians() const {
  std::vector<double> medians(runs_.size(), 0);
  for (size_t node = 0; node < runs_.size(); ++node) {
    std::vector<double> times = runs_[node];
    if (!times.empty()) {
      const auto middle = times.begin() + static_cast<ptrdiff_t>(times.size() / 2);
      std::ranges::nth_element(times, middle);
      medians[node] = *middle;
    }
  }
  return medians;
}

}  // namespace tideline
