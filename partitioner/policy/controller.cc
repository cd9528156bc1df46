#include "partitioner/policy/controller.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace tideline {
namespace {

constexpr double kSlack = 0.005;   // of a gain: what is smaller is no gain
constexpr double kGathered = 2;    // times the hysteresis
constexpr double kSteady = 0.2;    // uncertainty of a link that only jumps
constexpr int kAnew = 6;           // requests after a jump that may choose anew
constexpr double kNoLimit = 1000;  // times the link's rates
constexpr double kMuchFaster = 8;  // likewise, of one that requests show in part

double Milliseconds(double ns) { return ns * 1e-6; }

// What an objective is counted in, for people: "5.2 ms", and its part of an Outlook's unit.
struct Unit {
  double of_one = 1;
  std::string_view name;
};

Unit UnitOf(Objective objective) {
  switch (objective) {
    case Objective::kLatency:
      return {1e-6, "ms"};
    case Objective::kThroughput:
      return {1e-6, "ms per result"};
    case Objective::kEnergy:
      return {1e3, "mJ"};
    case Objective::kCost:
      break;
  }
  return {1, "of cost"};
}

double Megabits(double bits) { return bits * 1e-6; }

bool Better(const Outlook& a, const Outlook& b) {
  return std::tuple(a.violation, a.cost) < std::tuple(b.violation, b.cost);
}

Conditions ConditionsOf(const Circumstances& circumstances) {
  return {.link = &circumstances.link.link,
          .idle = circumstances.idle,
          .queue_ns = circumstances.queue_ns,
          .edge_slowdown = circumstances.edge_slowdown,
          .cloud_slowdown = circumstances.cloud_slowdown,
          .lost = circumstances.lost};
}

DecisionInputs InputsOf(const Circumstances& circumstances) {
  const Link& link = circumstances.link.link;
  return {.uplink_low = link.up.At(0.05),
          .uplink = link.up.median(),
          .uplink_high = link.up.At(0.95),
          .round_trip_ns = link.rtt.median(),
          .uncertainty = circumstances.link.uncertainty,
          .link_known = circumstances.link.known,
          .queue_ns = circumstances.queue_ns,
          .edge_slowdown = circumstances.edge_slowdown,
          .cloud_slowdown = circumstances.cloud_slowdown,
          .lost = circumstances.lost};
}

std::string LinkText(const DecisionInputs& inputs) {
  return fmt::format("at {:.3g} Mbit/s ({:.2g} to {:.2g}) and {:.3g} ms there and back",
                     Megabits(inputs.uplink), Megabits(inputs.uplink_low),
                     Megabits(inputs.uplink_high), Milliseconds(inputs.round_trip_ns));
}

}  // namespace

Controller::Controller(std::shared_ptr<const Planner> planner, const ControllerOptions& options)
    : planner_(std::move(planner)), options_(options), edge_(EdgeCandidates(*planner_)) {}

TailOptions Controller::TailFor(const Circumstances& circumstances) const {
  return {options_.tail, options_.deadline, circumstances.local_margin};
}

std::string Controller::Name(int candidate) const {
  const Candidate& named = planner_->candidate(candidate);
  return named.codec.empty() ? named.cut : named.cut + " " + named.codec;
}

// Whether the link has just come to another rate, and is steady there: then there is no noise to
// wait for. The first measurements after a jump refine it, so the next requests may still choose,
// but only until one of them has changed something.
bool Controller::ChoosesAnew(const LinkEstimate& link) {
  if (link.changes != changes_seen_) {
    anew_left_ = kAnew;
  }
  changes_seen_ = link.changes;
  const bool may = anew_left_ > 0;
  anew_left_ -= may ? 1 : 0;
  return may && link.uncertainty < kSteady;
}

// Whether the current candidate stays, and why. Counts the gains that are let go. With `anew` the
// better one takes over whatever it gains, if it is a gain.
Controller::Verdict Controller::Compare(const Outlook& current, const Outlook& best, bool anew) {
  if (best.candidate == current.candidate) {
    gathered_ = 0;
    return {best, fmt::format("{} stays: nothing is better", Name(best.candidate))};
  }
  const double gain = current.cost > 0 ? 1 - best.cost / current.cost : 0;
  gathered_ = std::max(0.0, gathered_ + gain - kSlack);
  const Unit unit = UnitOf(planner_->targets().objective);
  const std::string figures =
      fmt::format("{:.3g} in place of {:.3g} {} expected", unit.of_one * best.mean,
                  unit.of_one * current.mean, unit.name);
  // Targets come first, but one that both miss by about as much is no reason.
  const bool kept =
      best.violation < current.violation &&
      (best.violation == 0 || current.violation - best.violation > options_.hysteresis);
  const bool little = gain < options_.hysteresis && gathered_ < kGathered * options_.hysteresis;
  if (!kept && little && !(anew && gain > kSlack)) {
    return {current, fmt::format("{} stays: {} gains {:.2g} %, which is too little to change",
                                 Name(current.candidate), Name(best.candidate), 100 * gain)};
  }
  return {best,
          fmt::format("{} takes over from {}: {}{}", Name(best.candidate), Name(current.candidate),
                      figures, kept ? ", and it keeps to the targets" : "")};
}

std::optional<Controller::Verdict> Controller::Judge(const OutlookMaker& maker,
                                                     const Conditions& conditions, bool anew) {
  const auto can_run = [&](int candidate) {
    return candidate >= 0 && (planner_->candidate(candidate).needs() & conditions.lost) == 0;
  };
  if (fixed() && options_.pinned && current_ < 0) {
    current_ = *options_.pinned;
  }
  if (fixed() && can_run(current_)) {
    return Verdict{maker.Make(current_), fmt::format("{} stays: adaptation is {}", Name(current_),
                                                     paused_ ? "paused" : "off")};
  }
  std::vector<int> promising = maker.Promising();
  if (can_run(current_)) {
    promising.push_back(current_);
  }
  std::vector<Outlook> outlooks;
  outlooks.reserve(promising.size());
  for (const int candidate : promising) {
    outlooks.push_back(maker.Make(candidate));
  }
  if (outlooks.empty()) {
    return std::nullopt;
  }
  const Outlook best = *std::ranges::min_element(outlooks, Better);
  if (current_ < 0) {
    const Unit unit = UnitOf(planner_->targets().objective);
    return Verdict{best, fmt::format("{} is the first choice: {:.3g} {} expected",
                                     Name(best.candidate), unit.of_one * best.mean, unit.name)};
  }
  if (!can_run(current_)) {
    const bool away =
        (planner_->candidate(current_).needs() & conditions.lost & kCloudEngines) != 0;
    return Verdict{best,
                   fmt::format("{} stands in for {}: {}", Name(best.candidate), Name(current_),
                               away ? "the cloud is away" : "its engine is lost")};
  }
  return Compare(outlooks.back(), best, anew);
}

Decision Controller::Decide(MonotonicTime now, const Circumstances& circumstances) {
  Conditions conditions = ConditionsOf(circumstances);
  conditions.idle = false;
  const TailOptions tail = TailFor(circumstances);
  const OutlookMaker maker(*planner_, edge_, conditions, tail);
  Decision decision{.inputs = InputsOf(circumstances)};
  std::optional<Verdict> verdict = Judge(maker, conditions, ChoosesAnew(circumstances.link));
  if (!verdict) {
    decision.reason = "nothing that is left may answer: the targets or lost engines forbid it";
    log_.Add(now, decision);
    return decision;
  }
  // A small window is over with the first request, so it is no reason to stay with the edge; but it
  // counts for when this request's local finish starts.
  const Conditions now_so = ConditionsOf(circumstances);
  const Outlook outlook =
      circumstances.idle
          ? OutlookMaker(*planner_, edge_, now_so, tail).Make(verdict->outlook.candidate)
          : verdict->outlook;
  decision.candidate = outlook.candidate;
  decision.changed = current_ >= 0 && outlook.candidate != current_;
  decision.expected = planner_->TermsOf(outlook.candidate, now_so);
  const bool is_time = planner_->targets().objective == Objective::kLatency;
  decision.expected_ns = is_time ? outlook.mean : decision.expected.latency_ns;
  decision.late = outlook.late;
  decision.tail = outlook.tail;
  decision.reason = fmt::format("{}, {}", verdict->reason, LinkText(decision.inputs));
  const bool stand_in = fixed() && current_ >= 0;  // what is pinned comes back
  if (!stand_in && outlook.candidate != current_) {
    changes_ += current_ >= 0 ? 1 : 0;
    current_ = outlook.candidate;
    gathered_ = 0;
    anew_left_ = 0;
  }
  log_.Add(now, decision);
  return decision;
}

double Controller::PossibleGain(const Circumstances& circumstances) const {
  const bool remote = current_ >= 0 && planner_->candidate(current_).uses_cloud();
  Conditions conditions = ConditionsOf(circumstances);
  const Link fast = circumstances.link.link.Scaled(remote ? kMuchFaster : kNoLimit);
  conditions.link = &fast;
  const Choice choice = planner_->Choose(conditions);
  if (!choice.found() || !planner_->candidate(choice.best().candidate).uses_cloud()) {
    return 0;
  }
  const auto cost = [&](int candidate) {
    return planner_->ScoreOf(candidate, conditions).objective;
  };
  double current = remote ? cost(current_) : std::numeric_limits<double>::infinity();
  for (const int candidate : remote ? std::vector<int>() : edge_) {
    current = std::min(current, cost(candidate));
  }
  return current > 0 ? std::max(0.0, 1 - choice.best().score.objective / current) : 1;
}

}  // namespace tideline
