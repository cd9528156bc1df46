#include "partitioner/planner/explain.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "common/config/value.h"

namespace tideline {
namespace {

constexpr int kStepsPerDecade = 50;
constexpr int kDecades = 3;
constexpr double kExact = 1e-3;  // of a rate or a factor
constexpr double kShown = 0.01;  // of the difference: smaller terms are not told

std::string Time(double ns) { return fmt::format("{:.3g}ms", ns * 1e-6); }

// A point between `no` and `yes` where `test` begins to hold, on the side of `yes`, in proportion.
double Border(double no, double yes, const std::function<bool(double)>& test) {
  while (std::abs(std::log(yes / no)) > kExact) {
    const double middle = std::sqrt(no * yes);
    (test(middle) ? yes : no) = middle;
  }
  return yes;
}

std::string DescribeTerms(const Terms& holder, const Terms& challenger) {
  const std::pair<const char*, double> differences[] = {
      {"head", challenger.head_ns - holder.head_ns},
      {"encode", challenger.encode_ns - holder.encode_ns},
      {"up", challenger.up_ns - holder.up_ns},
      {"decode", challenger.decode_ns - holder.decode_ns},
      {"queue", challenger.queue_ns - holder.queue_ns},
      {"tail", challenger.tail_ns - holder.tail_ns},
      {"down", challenger.down_ns - holder.down_ns}};
  double largest = 0;
  for (const auto& [name, ns] : differences) {
    largest = std::max(largest, std::abs(ns));
  }
  std::string text;
  for (const auto& [name, ns] : differences) {
    if (std::abs(ns) > kShown * largest) {
      text += fmt::format("{}{} {:+.3g}ms", text.empty() ? "" : ", ", name, ns * 1e-6);
    }
  }
  return text;
}

std::string DescribeObjective(Objective objective, const Terms& terms) {
  switch (objective) {
    case Objective::kLatency:
      return Time(terms.latency_ns);
    case Objective::kThroughput:
      return Time(terms.period_ns) + " per result";
    case Objective::kEnergy:
      return fmt::format("{:.3g}J", terms.energy_joules);
    case Objective::kCost:
      return fmt::format("{:.3g}", terms.cost);
  }
  return "";
}

// Where `test`, which is false now, first becomes true for each lever and direction.
std::vector<Change> FirstChanges(const Conditions& conditions,
                                 const std::function<bool(const Conditions&)>& test) {
  std::vector<Change> changes;
  for (const Lever lever : {Lever::kLinkRate, Lever::kCloudSpeed, Lever::kEdgeSpeed}) {
    const auto holds = [&](double factor) {
      return test(ChangedConditions(conditions, lever, factor).conditions());
    };
    for (const double step :
         {std::pow(10, -1.0 / kStepsPerDecade), std::pow(10, 1.0 / kStepsPerDecade)}) {
      double factor = 1;
      for (int i = 0; i < kDecades * kStepsPerDecade; ++i, factor *= step) {
        if (holds(factor * step)) {
          const double border = Border(factor, factor * step, holds);
          changes.push_back({lever, border, BitRate{conditions.link->up.median() * border}});
          break;
        }
      }
    }
  }
  return changes;
}

}  // namespace

std::string Describe(const Change& change) {
  const bool faster = change.factor > 1;
  switch (change.lever) {
    case Lever::kLinkRate: {
      const double mbps = change.uplink.bits_per_second * 1e-6;
      const std::string rate =
          mbps < 999.5 ? fmt::format("{:.3g}Mbps", mbps) : fmt::format("{:.3g}Gbps", mbps * 1e-3);
      return fmt::format("{} {} {}", faster ? "from" : "at", rate, faster ? "up" : "or less");
    }
    case Lever::kCloudSpeed:
    case Lever::kEdgeSpeed:
      return fmt::format("with {} {:.3g} times {}",
                         change.lever == Lever::kCloudSpeed ? "a cloud" : "an edge",
                         faster ? change.factor : 1 / change.factor, faster ? "faster" : "slower");
  }
  return "";
}

std::vector<Change> WhatWouldChange(const Planner& planner, int holder, int challenger,
                                    const Conditions& conditions) {
  return FirstChanges(conditions, [&](const Conditions& changed) {
    return planner.Prefers(challenger, holder, changed);
  });
}

std::vector<NextChoice> NextChoices(const Planner& planner, int best,
                                    const Conditions& conditions) {
  const auto choose = [&](const Conditions& changed) {
    const Choice choice = planner.Choose(changed);
    return choice.found() ? choice.best() : Ranked{};
  };
  // What equals the best does not replace it.
  const auto is_beaten = [&](const Conditions& changed) {
    const Ranked first = choose(changed);
    return first.candidate >= 0 && first.score != planner.ScoreOf(best, changed);
  };
  std::vector<NextChoice> next;
  for (const Change& change : FirstChanges(conditions, is_beaten)) {
    const ChangedConditions changed(conditions, change.lever, change.factor);
    next.push_back({change, choose(changed.conditions()).candidate});
  }
  return next;
}

std::string WhyNot(const Planner& planner, int holder, int challenger,
                   const Conditions& conditions) {
  const Terms held = planner.TermsOf(holder, conditions);
  const Terms challenged = planner.TermsOf(challenger, conditions);
  const Objective objective = planner.targets().objective;
  std::string text;
  for (const ConstraintCheck& check : CheckConstraints(planner, challenger, conditions)) {
    if (!check.met) {
      text += check.text + "; ";
    }
  }
  text += fmt::format("{} {} in place of {}", FormatValue(objective),
                      DescribeObjective(objective, challenged), DescribeObjective(objective, held));
  if (const std::string terms = DescribeTerms(held, challenged); !terms.empty()) {
    text += ": " + terms;
  }
  const bool lucky = planner.ScoreOf(challenger, conditions) < planner.ScoreOf(holder, conditions);
  if (lucky && planner.Prefers(holder, challenger, conditions)) {
    text += fmt::format("; not more than {:g} % better than what is simpler",
                        100 * planner.targets().simpler_within);
  }
  std::string changes;
  for (const Change& change : WhatWouldChange(planner, holder, challenger, conditions)) {
    changes += (changes.empty() ? "; it wins against it " : ", or ") + Describe(change);
  }
  return text + changes;
}

absl::StatusOr<std::vector<SweepStretch>> SweepUplink(const Planner& planner,
                                                      const Conditions& conditions, BitRate from,
                                                      BitRate to) {
  if (!(from.bits_per_second > 0 && from < to && std::isfinite(to.bits_per_second))) {
    return InvalidArgument("a sweep from {} to {}: give a lower and a higher rate", Format(from),
                           Format(to));
  }
  const auto best = [&](double rate) {
    const ChangedConditions changed(conditions, Lever::kLinkRate,
                                    rate / conditions.link->up.median());
    const Choice choice = planner.Choose(changed.conditions());
    return choice.found() ? choice.best().candidate : -1;
  };
  const double decades = std::log10(to.bits_per_second / from.bits_per_second);
  const int steps = std::max(1, static_cast<int>(std::ceil(decades * 2 * kStepsPerDecade)));
  const double step = std::pow(10, decades / steps);
  std::vector<SweepStretch> stretches{{from, to, best(from.bits_per_second)}};
  double rate = from.bits_per_second;
  for (int i = 0; i < steps; ++i, rate *= step) {
    const int here = best(rate * step);
    if (here != stretches.back().candidate) {
      const BitRate border{
          Border(rate, rate * step, [&](double middle) { return best(middle) == here; })};
      stretches.back().to = border;
      stretches.push_back({border, to, here});
    }
  }
  return stretches;
}

}  // namespace tideline
