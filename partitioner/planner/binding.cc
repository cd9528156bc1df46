#include "partitioner/planner/binding.h"

#include <functional>
#include <utility>

namespace tideline {
namespace {

struct Constraint {
  std::string name;
  bool set = false;
  std::function<void(const Targets& from, Targets& to)> copy;
};

std::vector<Constraint> ConstraintsOf(const Targets& targets) {
  const auto member = [&](std::string name, bool set, auto pointer) {
    const auto copy = [pointer](const Targets& from, Targets& to) { to.*pointer = from.*pointer; };
    return Constraint{std::move(name), set, copy};
  };
  return {member(fmt::format("latency_p{:g}", 100 * targets.latency_percentile),
                 targets.latency.has_value(), &Targets::latency),
          member("accuracy_drop", targets.accuracy_drop.has_value(), &Targets::accuracy_drop),
          member("edge_memory", targets.edge_memory.has_value(), &Targets::edge_memory),
          member("energy", targets.energy_joules.has_value(), &Targets::energy_joules),
          member("uplink", targets.uplink.has_value(), &Targets::uplink),
          member("send_input", !targets.send_input, &Targets::send_input),
          member("min_depth", targets.min_depth > 0, &Targets::min_depth),
          member("leakage", targets.leakage.has_value(), &Targets::leakage)};
}

absl::StatusOr<int> BestWith(const Planner& planner, const Targets& targets,
                             const Conditions& conditions) {
  ASSIGN_OR_RETURN(const Planner other, planner.With(targets));
  const Choice choice = other.Choose(conditions);
  return choice.found() ? choice.best().candidate : -1;
}

}  // namespace

absl::StatusOr<std::vector<Binding>> FindBindings(const Planner& planner,
                                                  const Conditions& conditions) {
  const Targets& all = planner.targets();
  const Targets none{.objective = all.objective,
                     .latency_percentile = all.latency_percentile,
                     .requests_per_second = all.requests_per_second,
                     .simpler_within = all.simpler_within};
  std::vector<Binding> bindings;
  for (const Constraint& constraint : ConstraintsOf(all)) {
    if (!constraint.set) {
      continue;
    }
    Targets without = all;
    constraint.copy(none, without);
    Targets alone = none;
    constraint.copy(all, alone);
    Binding binding{.name = constraint.name};
    ASSIGN_OR_RETURN(binding.without, BestWith(planner, without, conditions));
    ASSIGN_OR_RETURN(binding.alone, BestWith(planner, alone, conditions));
    bindings.push_back(std::move(binding));
  }
  return bindings;
}

}  // namespace tideline
