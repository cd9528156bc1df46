#include "partitioner/planner/ready_cuts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace tideline {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kSlowest = 1e5;  // bits per second
constexpr double kFastest = 1e9;
constexpr int kUplinks = 25;
constexpr double kRoundTrips[] = {5e6, 50e6};  // ns
constexpr double kSlowdowns[] = {1, 2};
constexpr double kMissed = 10;       // what an objective is worth that misses a target, in times
constexpr double kLeastGain = 1e-3;  // of the objective, on average over all settings

struct Setting {
  Link link;
  double slowdown = 1;
};

std::vector<Setting> Settings() {
  std::vector<Setting> settings;
  for (int i = 0; i < kUplinks; ++i) {
    const double share = static_cast<double>(i) / (kUplinks - 1);
    for (const double rtt : kRoundTrips) {
      for (const double slowdown : kSlowdowns) {
        Setting& setting = settings.emplace_back();
        setting.link.up = Quantiles(kSlowest * std::pow(kFastest / kSlowest, share));
        setting.link.down = setting.link.up;
        setting.link.rtt = Quantiles(rtt);
        setting.slowdown = slowdown;
      }
    }
  }
  return settings;
}

// By setting, of what may be chosen; infinite where nothing may.
using Costs = std::vector<double>;

void TakeBetter(const Costs& other, Costs& costs) {
  std::ranges::transform(costs, other, costs.begin(),
                         [](double a, double b) { return std::min(a, b); });
}

// The mean share of the cost that `cut` saves.
double Gain(const Costs& now, const Costs& cut) {
  double sum = 0;
  for (size_t i = 0; i < now.size(); ++i) {
    if (cut[i] < now[i]) {
      sum += now[i] == kInfinite ? 1 : 1 - cut[i] / now[i];
    }
  }
  return sum / static_cast<double>(now.size());
}

}  // namespace

std::vector<std::string> ChooseReadyCuts(const Planner& planner, size_t most) {
  const std::vector<Setting> settings = Settings();
  Costs now(settings.size(), kInfinite);  // with what is chosen so far
  std::map<std::string, Costs> cuts;
  for (const int index : planner.set().front) {
    const Candidate& candidate = planner.candidate(index);
    if (!planner.Allows(candidate)) {
      continue;
    }
    Costs costs;
    for (const Setting& setting : settings) {
      const Score score =
          planner.ScoreOf(index, {.link = &setting.link, .edge_slowdown = setting.slowdown});
      costs.push_back(score.objective * (score.violation > 0 ? kMissed : 1));
    }
    const bool always = !candidate.uses_cloud() || candidate.sends_input();
    Costs& best =
        always ? now : cuts.try_emplace(candidate.cut, Costs(now.size(), kInfinite)).first->second;
    TakeBetter(costs, best);
  }
  std::vector<std::string> ready;
  while (ready.size() < most && !cuts.empty()) {
    const auto next =
        std::ranges::max_element(cuts, {}, [&](const auto& cut) { return Gain(now, cut.second); });
    if (Gain(now, next->second) < kLeastGain) {
      break;
    }
    TakeBetter(next->second, now);
    ready.push_back(next->first);
    cuts.erase(next);
  }
  return ready;
}

}  // namespace tideline
