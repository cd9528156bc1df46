#include "partitioner/planner/planner.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "partitioner/planner/pareto.h"

namespace tideline {
namespace {

constexpr int kBands = 16;       // half an octave each
constexpr size_t kFewRows = 64;  // need no bands

absl::Status CheckTargets(const Targets& targets, const Prices& prices) {
  if (!(targets.latency_percentile > 0 && targets.latency_percentile < 1)) {
    return InvalidArgument("the latency percentile {} is not between 0 and 100",
                           100 * targets.latency_percentile);
  }
  if (targets.uplink && !(targets.uplink->bits_per_second > 0)) {
    return InvalidArgument("the uplink limit is {}; to send nothing, choose cut edge",
                           Format(*targets.uplink));
  }
  const std::pair<const char*, double> numbers[] = {
      {"latency", targets.latency ? absl::ToDoubleSeconds(*targets.latency) : 0},
      {"accuracy_drop", targets.accuracy_drop.value_or(0)},
      {"energy", targets.energy_joules.value_or(0)},
      {"requests per second", targets.requests_per_second},
      {"leakage", targets.leakage.value_or(0)},
      {"min_depth", targets.min_depth},
      {"simpler_within", targets.simpler_within},
      {"the price of a cloud second", prices.per_cloud_second},
      {"the price of a byte", prices.per_byte}};
  for (const auto& [name, value] : numbers) {
    if (!(value >= 0 && std::isfinite(value))) {
      return InvalidArgument("the targets: {} is {}, it must be 0 or more", name, value);
    }
  }
  return absl::OkStatus();
}

// Keeps the best few, best first.
void Insert(const Ranked& ranked, Choice& choice) {
  int place = choice.count;
  while (place > 0 && ranked.score < choice.ranked[place - 1].score) {
    --place;
  }
  if (place == Choice::kMost) {
    return;
  }
  choice.count = std::min(choice.count + 1, Choice::kMost);
  const auto begin = choice.ranked.begin();
  std::copy_backward(begin + place, begin + choice.count - 1, begin + choice.count);
  choice.ranked[place] = ranked;
}

// Before all others, among which it may be.
void PutFirst(const Ranked& ranked, Choice& choice) {
  const auto begin = choice.ranked.begin();
  const auto end = begin + choice.count;
  auto place = std::find_if(
      begin, end, [&](const Ranked& other) { return other.candidate == ranked.candidate; });
  if (place == end) {
    choice.count = std::min(choice.count + 1, Choice::kMost);
    place = begin + choice.count - 1;
  }
  std::copy_backward(begin, place, place + 1);
  *begin = ranked;
}

}  // namespace

Planner::Planner(std::shared_ptr<const CandidateSet> set, const Targets& targets,
                 const Prices& prices)
    : set_(std::move(set)), targets_(targets), prices_(prices) {
  std::vector<CandidateRow> front;
  for (const int candidate : set_->front) {
    if (Allows(set_->candidates[candidate])) {
      front.push_back(MakeRow(*set_, candidate, targets_));
    }
  }
  const std::vector<CandidateRow> usual =
      Reduce(front, {.low = 1 / kMostRatio, .high = kMostRatio});
  const int bands = usual.size() > kFewRows ? kBands : 1;
  for (int i = 0; i < bands; ++i) {
    const auto border = [&](int at) { return std::pow(kMostRatio, 2.0 * at / bands - 1); };
    Band& band = bands_.emplace_back(Band{.low = border(i), .high = border(i + 1)});
    band.tree = CandidateTree(bands > 1 ? Reduce(usual, band) : usual);
  }
  front_ = CandidateTree(std::move(front));
  for (size_t i = 0; i < set_->candidates.size(); ++i) {
    const Candidate& candidate = set_->candidates[i];
    if (const size_t parts = candidate.parts(); parts < simple_.size() && Allows(candidate)) {
      simple_[parts].push_back(MakeRow(*set_, static_cast<int>(i), targets_));
    }
  }
}

absl::StatusOr<Planner> Planner::Make(std::shared_ptr<const CandidateSet> set,
                                      const Targets& targets, const Prices& prices) {
  RETURN_IF_ERROR(CheckTargets(targets, prices));
  if (set->candidates.empty()) {
    return InvalidArgument("there is no candidate to choose");
  }
  if (IsAboutEnergy(targets) && !set->power.compute_watts) {
    return FailedPrecondition(
        "the target is about energy, the edge's profile has no power (source '{}'); declare the "
        "watts when profiling",
        set->power.source);
  }
  return Planner(std::move(set), targets, prices);
}

bool Planner::Allows(const Candidate& candidate) const {
  const bool input = targets_.send_input || !candidate.sends_input();
  const bool leakage = !targets_.leakage || candidate.leakage <= *targets_.leakage;
  return input && leakage && candidate.depth >= targets_.min_depth;
}

// A smaller front, of what these targets look at alone. With r = cloud_slowdown / edge_slowdown,
// each chain of a latency has of some edge time e and some cloud time c the edge's slowdown times
// e + r c, and beside it what grows in the bytes and the stretch; energy likewise sums, for each
// chain; a pipeline's period max(e, r c). For r inside a band a sum is a mixture of those at the
// two ends, in shares that are the same for all candidates, and so what is no worse at both ends is
// no worse between them; and where each sum is no worse, the largest is not. The same is true of
// the maximum: where max(e, r c) <= max(e', r c') at both ends, e is at most the value on the right
// at the lower end, which only grows from there, and r c / high <= max(e', high c') / high gives
// r c <= max(e', r c'). Without stretches the chains are one.
std::vector<CandidateRow> Planner::Reduce(const std::vector<CandidateRow>& rows,
                                          const Band& band) const {
  const Objective objective = targets_.objective;
  const bool latency = objective == Objective::kLatency || targets_.latency;
  const bool period = objective == Objective::kThroughput;
  const bool energy = IsAboutEnergy(targets_);
  const double idle_joules = 1e-9 * set_->power.idle_watts.value_or(0);  // per ns
  const bool overlap =
      std::ranges::any_of(rows, [](const CandidateRow& row) { return row.stretch < 1; });
  ParetoPoints points;
  std::vector<double> values;
  const auto add_chains = [&](const CandidateRow& row, double encoding, double sending, double r) {
    values.push_back(encoding + r * row.last_ns);
    if (overlap) {
      values.insert(values.end(), {sending + r * row.cloud_ns, sending + r * row.last_ns});
    }
  };
  for (const CandidateRow& row : rows) {
    values = {row.bytes_up, row.bytes_down, row.violation};
    if (overlap) {
      values.push_back(row.uses_cloud ? row.stretch : 0);
    }
    if (targets_.latency) {
      values.push_back(row.bytes_up_high);
    }
    if (objective == Objective::kCost) {
      values.push_back(row.cloud_ns);
    }
    for (const double r : {band.low, band.high}) {
      if (latency) {
        add_chains(row, row.edge_ns, row.first_ns, r);
      }
      if (period) {
        values.push_back(std::max(row.edge_ns, r * row.cloud_ns));
      }
      if (energy) {
        add_chains(row, row.energy_joules, row.first_joules, r * idle_joules);
      }
    }
    if (energy && overlap) {
      values.push_back(row.energy_joules);  // all of it, where nothing is left to wait for
    }
    points.dimensions = values.size();
    points.values.insert(points.values.end(), values.begin(), values.end());
    points.needs.push_back(row.needs);
  }
  std::vector<CandidateRow> reduced;
  for (const int index : ParetoFront(points)) {
    reduced.push_back(rows[index]);
  }
  return reduced;
}

const CandidateTree& Planner::TreeFor(const Conditions& conditions) const {
  const double ratio = conditions.cloud_slowdown / conditions.edge_slowdown;
  for (const Band& band : bands_) {
    if (ratio >= band.low && ratio <= band.high) {
      return band.tree;
    }
  }
  return front_;
}

Evaluation Planner::At(const Conditions& conditions) const {
  return Evaluation({targets_, prices_, set_->power, conditions});
}

Choice Planner::Choose(const Conditions& conditions) const {
  const Evaluation evaluation = At(conditions);
  Choice choice;
  const auto is_wanted = [&](const CandidateRow& row) {
    return (row.needs & conditions.lost) == 0 &&
           (choice.count < Choice::kMost ||
            evaluation.ScoreOf(row) < choice.ranked[Choice::kMost - 1].score);
  };
  TreeFor(conditions).Visit(is_wanted, [&](const CandidateRow& row) {
    if ((row.needs & conditions.lost) == 0) {
      Insert({row.candidate, evaluation.ScoreOf(row)}, choice);
    }
  });
  if (choice.found()) {
    if (const auto simpler = SimplerThan(choice.best(), evaluation, conditions.lost)) {
      PutFirst(*simpler, choice);
    }
  }
  return choice;
}

bool Planner::IsAsGood(const Score& simpler, const Score& best) const {
  return simpler.violation <= best.violation &&
         simpler.objective <= best.objective * (1 + targets_.simpler_within);
}

std::optional<Ranked> Planner::SimplerThan(const Ranked& best, const Evaluation& evaluation,
                                           EngineMask lost) const {
  if (targets_.simpler_within == 0) {
    return std::nullopt;
  }
  for (int parts = 0; parts < candidate(best.candidate).parts(); ++parts) {
    std::optional<Ranked> found;
    for (const CandidateRow& row : simple_[parts]) {
      if ((row.needs & lost) != 0) {
        continue;
      }
      if (const Score score = evaluation.ScoreOf(row); !found || score < found->score) {
        found = Ranked{row.candidate, score};
      }
    }
    if (found && IsAsGood(found->score, best.score)) {
      return found;
    }
  }
  return std::nullopt;
}

bool Planner::Prefers(int a, int b, const Conditions& conditions) const {
  const Score of_a = ScoreOf(a, conditions);
  const Score of_b = ScoreOf(b, conditions);
  const int more = candidate(a).parts() - candidate(b).parts();
  if (targets_.simpler_within == 0 || more == 0) {
    return of_a < of_b;
  }
  return more < 0 ? of_a < of_b || IsAsGood(of_a, of_b) : of_a < of_b && !IsAsGood(of_b, of_a);
}

std::vector<Ranked> Planner::Rank(const Conditions& conditions) const {
  const Evaluation evaluation = At(conditions);
  std::vector<Ranked> ranked;
  for (size_t i = 0; i < set_->candidates.size(); ++i) {
    const CandidateRow row = MakeRow(*set_, static_cast<int>(i), targets_);
    if (Allows(set_->candidates[i]) && (row.needs & conditions.lost) == 0) {
      ranked.push_back({row.candidate, evaluation.ScoreOf(row)});
    }
  }
  std::ranges::stable_sort(ranked, {}, &Ranked::score);
  if (!ranked.empty()) {
    if (const auto simpler = SimplerThan(ranked.front(), evaluation, conditions.lost)) {
      const auto place = std::ranges::find(ranked, simpler->candidate, &Ranked::candidate);
      std::rotate(ranked.begin(), place, std::next(place));
    }
  }
  return ranked;
}

Terms Planner::TermsOf(int candidate, const Conditions& conditions) const {
  const CandidateRow row = MakeRow(*set_, candidate, targets_);
  return At(conditions).TermsOf(row, set_->candidates[candidate]);
}

Score Planner::ScoreOf(int candidate, const Conditions& conditions) const {
  return At(conditions).ScoreOf(MakeRow(*set_, candidate, targets_));
}

}  // namespace tideline
