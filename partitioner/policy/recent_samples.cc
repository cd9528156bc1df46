#include "partitioner/policy/recent_samples.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tideline {

void RecentSamples::Add(MonotonicTime at, double value) {
  samples_.push_back({at, value});
  if (samples_.size() > kMost) {
    samples_.pop_front();
  }
}

void RecentSamples::DropBefore(MonotonicTime at) {
  while (!samples_.empty() && samples_.front().at < at) {
    samples_.pop_front();
  }
}

double RecentSamples::Weight(size_t index) const {
  const double newer = static_cast<double>(samples_.size() - 1 - index);
  const double age = absl::FDivDuration(samples_.back().at - samples_[index].at, half_life_);
  return std::exp2(-age - newer / half_count_);
}

std::vector<double> RecentSamples::Quantiles(std::span<const double> probabilities) const {
  std::vector<std::pair<double, double>> sorted;  // value, weight
  sorted.reserve(samples_.size());
  double total = 0;
  for (size_t i = 0; i < samples_.size(); ++i) {
    const double weight = Weight(i);
    sorted.emplace_back(samples_[i].value, weight);
    total += weight;
  }
  std::ranges::sort(sorted);
  // A value stands in the middle of its weight.
  std::vector<double> quantiles;
  size_t at = 0;
  double below = 0;  // weight of those before `at`
  double place = sorted[0].second / 2;
  double before = place;
  for (const double probability : probabilities) {
    const double wanted = probability * total;
    while (place < wanted && at + 1 < sorted.size()) {
      below += sorted[at].second;
      before = place;
      ++at;
      place = below + sorted[at].second / 2;
    }
    if (at == 0 || place <= wanted) {
      quantiles.push_back(sorted[at].first);
      continue;
    }
    const double share = (wanted - before) / (place - before);
    quantiles.push_back(sorted[at - 1].first + share * (sorted[at].first - sorted[at - 1].first));
  }
  return quantiles;
}

double RecentSamples::Quantile(double probability) const {
  return Quantiles({&probability, 1}).front();
}

double RecentSamples::EffectiveCount() const {
  double sum = 0;
  double squares = 0;
  for (size_t i = 0; i < samples_.size(); ++i) {
    const double weight = Weight(i);
    sum += weight;
    squares += weight * weight;
  }
  return squares > 0 ? sum * sum / squares : 0;
}

}  // namespace tideline
