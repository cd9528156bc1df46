#include "partitioner/report/show.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "partitioner/planner/calibration.h"

namespace tideline {
namespace {

// Three significant digits without an exponent: "0.412", "41.2", "1230".
std::string Digits(double value) {
  if (value == 0 || !std::isfinite(value)) {
    return fmt::format("{}", std::abs(value));
  }
  const int before = static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1;
  return fmt::format("{:.{}f}", value, std::clamp(3 - before, 0, 6));
}

}  // namespace

std::string ShowTime(double ns) {
  return ns < 10e9 ? Digits(ns * 1e-6) + " ms" : Digits(ns * 1e-9) + " s";
}

std::string ShowBytes(double bytes) {
  constexpr std::array kUnits = {" B", " KiB", " MiB", " GiB", " TiB"};
  size_t unit = 0;
  while (bytes >= 1000 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return (unit == 0 ? fmt::format("{:.0f}", bytes) : Digits(bytes)) + kUnits[unit];
}

std::string ShowRate(double bits_per_second) {
  constexpr std::array kUnits = {" bit/s", " kbit/s", " Mbit/s", " Gbit/s"};
  size_t unit = 0;
  while (bits_per_second >= 999.5 && unit + 1 < kUnits.size()) {
    bits_per_second /= 1000;
    ++unit;
  }
  return fmt::format("{:.3g}", bits_per_second) + kUnits[unit];
}

std::string ShowDrop(const PlanOption& option) {
  return option.accuracy_drop >= kUnknownDrop ? "unknown"
                                              : fmt::format("{:.2g} %", 100 * option.accuracy_drop);
}

std::string ShowEnergy(const PlanOption& option) {
  if (!option.energy_joules) {
    return "unknown";
  }
  const double joules = *option.energy_joules;
  return joules < 1 ? Digits(1e3 * joules) + " mJ" : Digits(joules) + " J";
}

std::string ShowObjective(Objective objective, const PlanOption& option) {
  switch (objective) {
    case Objective::kLatency:
      return ShowTime(option.terms.latency_ns);
    case Objective::kThroughput:
      return ShowTime(option.terms.period_ns) + " per result";
    case Objective::kEnergy:
      return ShowEnergy(option);
    case Objective::kCost:
      return fmt::format("{:.3g} per request", option.terms.cost);
  }
  return "";
}

std::string ShowEngines(const PlanOption& option) {
  if (option.edge_engine.empty() || option.cloud_engine.empty()) {
    return option.edge_engine + option.cloud_engine;
  }
  return option.edge_engine + " → " + option.cloud_engine;
}

bool NamesEngines(const std::vector<PlanOption>& options) {
  return std::ranges::any_of(options, [&](const PlanOption& option) {
    const auto differs = [](const std::string& a, const std::string& b) {
      return !a.empty() && !b.empty() && a != b;
    };
    return differs(option.edge_engine, options.front().edge_engine) ||
           differs(option.cloud_engine, options.front().cloud_engine);
  });
}

std::string DescribeClose(const PlanReport& report) {
  const Terms& best = report.best().terms;
  const auto close = std::ranges::count_if(report.ranked, [&](const PlanOption& option) {
    return option.candidate != report.best().candidate &&
           option.terms.latency_ns >= best.latency_low_ns &&
           option.terms.latency_ns <= best.latency_high_ns;
  });
  return close == 0 ? ""
                    : fmt::format(
                          "{} of the others lie{} inside the best's measured interval, {} "
                          "to {}: too close to call.",
                          close, close == 1 ? "s" : "", ShowTime(best.latency_low_ns),
                          ShowTime(best.latency_high_ns));
}

}  // namespace tideline
