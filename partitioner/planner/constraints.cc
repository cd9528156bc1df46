#include <utility>

#include "partitioner/planner/explain.h"

// The part of explain.h that tells where a candidate stands.
namespace tideline {
namespace {

std::string Percent(double fraction) { return fmt::format("{:.3g}%", 100 * fraction); }
std::string Milliseconds(double ns) { return fmt::format("{:.3g}ms", ns * 1e-6); }
std::string Megabytes(double bytes) { return fmt::format("{:.3g}MiB", bytes / (1 << 20)); }
std::string Megabits(double bits) { return fmt::format("{:.3g}Mbps", bits * 1e-6); }
std::string Joules(double joules) { return fmt::format("{:.3g}J", joules); }
std::string Number(double number) { return fmt::format("{:.3g}", number); }

constexpr double kManyFold = 9;  // from here on percent are hard to read

using Show = std::string (*)(double);

ConstraintCheck AtMost(std::string name, double value, double limit, Show show) {
  ConstraintCheck check{.name = std::move(name), .value = value, .limit = limit};
  check.met = value <= limit;
  check.text = fmt::format("{} is {}, the limit {}", check.name, show(value), show(limit));
  if (limit > 0) {
    const double share = value / limit - 1;
    check.text += check.met           ? fmt::format(": {} to spare", Percent(-share))
                  : share < kManyFold ? fmt::format(": {} too much", Percent(share))
                                      : fmt::format(": {:.3g} times too much", share + 1);
  }
  return check;
}

}  // namespace

std::vector<ConstraintCheck> CheckConstraints(const Planner& planner, int index,
                                              const Conditions& conditions) {
  const Targets& targets = planner.targets();
  const Candidate& candidate = planner.candidate(index);
  const Terms terms = planner.TermsOf(index, conditions);
  std::vector<ConstraintCheck> checks;
  if (targets.latency) {
    const double limit = absl::ToDoubleNanoseconds(*targets.latency);
    const std::string name = fmt::format("latency_p{:g}", 100 * targets.latency_percentile);
    checks.push_back(AtMost(name, terms.percentile_ns, limit, Milliseconds));
  }
  if (targets.accuracy_drop) {
    checks.push_back(
        AtMost("accuracy_drop", candidate.accuracy_drop, *targets.accuracy_drop, Percent));
  }
  if (targets.edge_memory) {
    const auto limit = static_cast<double>(targets.edge_memory->count);
    checks.push_back(AtMost("edge_memory", candidate.memory_bytes, limit, Megabytes));
  }
  if (targets.energy_joules) {
    checks.push_back(AtMost("energy", terms.energy_joules, *targets.energy_joules, Joules));
  }
  if (targets.uplink) {
    const double bits = 8 * candidate.bytes_up.median * targets.requests_per_second;
    checks.push_back(AtMost("uplink", bits, targets.uplink->bits_per_second, Megabits));
  }
  if (!targets.send_input && candidate.sends_input()) {
    checks.push_back({.name = "send_input",
                      .value = 1,
                      .limit = 0,
                      .met = false,
                      .text = "send_input is false, this sends the input"});
  }
  if (targets.min_depth > 0) {
    ConstraintCheck& check = checks.emplace_back();
    check.name = "min_depth";
    check.value = candidate.depth;
    check.limit = targets.min_depth;
    check.met = candidate.depth >= targets.min_depth;
    check.text = candidate.depth == NetworkCut::kNoInside
                     ? fmt::format("min_depth is {}, nothing from inside is sent", check.limit)
                     : fmt::format("min_depth is {}, what is sent comes from depth {}", check.limit,
                                   check.value);
  }
  if (targets.leakage) {
    checks.push_back(AtMost("leakage", candidate.leakage, *targets.leakage, Number));
  }
  return checks;
}

}  // namespace tideline
