#include "tests/bench/adaptation/site.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "partitioner/tool/plan_facts.h"

namespace tideline::bench {
namespace {

constexpr double kInterval = 1.96;         // standard deviations from the middle of a 95 % interval
constexpr double kUpperTwentieth = 1.645;  // and from the middle to the 95th percentile

double Moved(const Estimate& estimate, double deviations) {
  if (estimate.median <= 0 || estimate.low <= 0) {
    return estimate.median;
  }
  const double spread = std::log(estimate.high / estimate.low) / (2 * kInterval);
  return estimate.median * std::exp(spread * deviations);
}

double MovedBytes(const Estimate& bytes, double deviations) {
  if (bytes.median <= 0 || bytes.high <= bytes.median) {
    return bytes.median;
  }
  const double spread = std::log(bytes.high / bytes.median) / kUpperTwentieth;
  return std::max(1.0, bytes.median * std::exp(spread * deviations - spread * spread / 2));
}

}  // namespace

std::vector<Draw> MakeDraws(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<Draw> draws(count);
  for (Draw& draw : draws) {
    for (double* one : {&draw.edge, &draw.encode, &draw.bytes, &draw.decode, &draw.tail}) {
      *one = std::clamp(normal(random), -3.0, 3.0);
    }
  }
  return draws;
}

absl::StatusOr<Site> Site::Make(const SiteFiles& files) {
  ASSIGN_OR_RETURN(const PlanInputs inputs,
                   ReadPlanInputs(files.model, {.edge = files.edge, .cloud = files.cloud}, {}));
  ASSIGN_OR_RETURN(CandidateSet made, MakeCandidates(inputs.ForCandidates()));
  const auto set = std::make_shared<const CandidateSet>(std::move(made));
  Targets targets{.accuracy_drop = files.accuracy_drop};
  if (files.saving) {
    targets.objective = Objective::kEnergy;
  }
  ASSIGN_OR_RETURN(Planner planner, Planner::Make(set, targets));
  Site site;
  site.files_ = files;
  site.planner_ = std::make_shared<const Planner>(std::move(planner));
  ASSIGN_OR_RETURN(const Link any, LinkPreset("lte"));
  for (const int index : set->front) {
    const Candidate& candidate = set->candidates[index];
    if (site.planner_->ScoreOf(index, {.link = &any}).violation > 0) {
      continue;
    }
    site.usable_.push_back(index);
    if (!candidate.uses_cloud() &&
        (site.edge_ < 0 || candidate.head_ns.median < set->candidates[site.edge_].head_ns.median)) {
      site.edge_ = index;
    }
  }
  if (site.edge_ < 0) {
    return FailedPrecondition("{}: the edge cannot run the whole network", files.network);
  }
  return site;
}

Times Site::TimesOf(int index, const Draw& draw) const {
  const Candidate& candidate = planner_->candidate(index);
  const double whole = Moved(planner_->candidate(edge_).head_ns, draw.edge);
  const double head = Moved(candidate.head_ns, draw.edge);
  return {.head = 1e-6 * head,
          .encode = 1e-6 * Moved(candidate.encode_ns, draw.encode),
          .stretch = candidate.stretch,
          .bytes_up = MovedBytes(candidate.bytes_up, draw.bytes),
          .decode = 1e-6 * Moved(candidate.decode_ns, draw.decode),
          .tail = 1e-6 * Moved(candidate.tail_ns, draw.tail),
          .bytes_down = candidate.bytes_down,
          .finish = 1e-6 * std::max(0.0, whole - head)};
}

int Site::Input(const std::string& codec_prefix, const Conditions& conditions) const {
  int best = -1;
  for (size_t i = 0; i < planner_->set().candidates.size(); ++i) {
    const Candidate& candidate = planner_->set().candidates[i];
    const auto index = static_cast<int>(i);
    const Score score = planner_->ScoreOf(index, conditions);
    if (candidate.sends_input() && candidate.codec.starts_with(codec_prefix) &&
        score.violation == 0 && (best < 0 || score < planner_->ScoreOf(best, conditions))) {
      best = index;
    }
  }
  return best;
}

double Site::edge_ms() const { return 1e-6 * planner_->candidate(edge_).head_ns.median; }

}  // namespace tideline::bench
