#include "partitioner/report/make_report.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "common/base/strings.h"
#include "partitioner/planner/binding.h"

namespace tideline {
namespace {

constexpr double kSweepFactor = 100;
constexpr int kCurvePoints = 120;

class Maker {
 public:
  Maker(const Planner& planner, const Conditions& conditions, const ReportOptions& options)
      : planner_(planner), conditions_(conditions), options_(options) {}

  absl::StatusOr<PlanReport> Make() {
    const Choice choice = planner_.Choose(conditions_);
    if (!choice.found()) {
      return FailedPrecondition("privacy and the engines that are left allow no plan at all");
    }
    best_ = choice.best().candidate;
    report_.link = *conditions_.link;
    report_.objective = planner_.targets().objective;
    report_.latency_percentile = planner_.targets().latency_percentile;
    report_.met = choice.met();
    report_.candidates = planner_.set().candidates.size();
    SetRanked();
    SetFront();
    RETURN_IF_ERROR(SetConstraints());
    for (const NextChoice& next : NextChoices(planner_, best_, conditions_)) {
      const ChangedConditions changed(conditions_, next.change.lever, next.change.factor);
      report_.next.push_back({Describe(next.change), Option(next.candidate, changed.conditions())});
    }
    RETURN_IF_ERROR(SetSweep());
    for (const WhatIf& what_if : options_.what_ifs) {
      Ask(what_if);
    }
    return std::move(report_);
  }

 private:
  PlanOption Option(int index, const Conditions& conditions) const {
    const Candidate& candidate = planner_.candidate(index);
    const auto label = [](const std::vector<EngineProfile>& engines, int engine) {
      return engine < 0 ? "" : engines[engine].Label();
    };
    PlanOption option{.candidate = index,
                      .cut = candidate.cut,
                      .codec = candidate.codec,
                      .edge_engine = label(planner_.set().edge_engines, candidate.edge_engine),
                      .cloud_engine = label(planner_.set().cloud_engines, candidate.cloud_engine),
                      .terms = planner_.TermsOf(index, conditions),
                      .score = planner_.ScoreOf(index, conditions),
                      .bytes_up = candidate.bytes_up.median,
                      .bytes_up_high = candidate.bytes_up.high,
                      .memory_bytes = candidate.memory_bytes,
                      .accuracy_drop = std::min(candidate.accuracy_drop, 1.0),
                      .leakage = candidate.leakage};
    if (planner_.set().power.compute_watts) {
      option.energy_joules = option.terms.energy_joules;
    }
    return option;
  }
  PlanOption Option(int index) const { return Option(index, conditions_); }

  PlanOption Explained(int index) const {
    PlanOption option = Option(index);
    if (index != best_) {
      option.why = WhyNot(planner_, best_, index, conditions_);
    }
    return option;
  }

  // The best of each cut in order; past the limit only "edge" and "input".
  void SetRanked() {
    std::vector<Ranked> all = planner_.Rank(conditions_);
    const auto first = std::ranges::find(all, best_, &Ranked::candidate);
    std::rotate(all.begin(), first, std::next(first));  // of equal ones the one that is chosen
    const std::string& cut = planner_.candidate(best_).cut;
    std::set<std::string> seen;
    for (const Ranked& ranked : all) {
      const Candidate& candidate = planner_.candidate(ranked.candidate);
      const bool always = candidate.cut == "edge" || candidate.cut == "input";
      if (seen.insert(candidate.cut).second) {
        if (report_.ranked.size() < options_.ranked || always) {
          report_.ranked.push_back(Explained(ranked.candidate));
        }
      } else if (candidate.cut == cut && report_.codecs.size() < options_.codecs) {
        report_.codecs.push_back(Explained(ranked.candidate));
      }
    }
  }

  void SetFront() {
    for (const int index : planner_.set().front) {
      if (planner_.Allows(planner_.candidate(index))) {
        report_.front.push_back(Option(index));
      }
    }
    std::ranges::stable_sort(report_.front, {},
                             [](const PlanOption& option) { return option.terms.latency_ns; });
  }

  // What a plan's check says of the constraint called `name`.
  std::optional<ConstraintCheck> CheckOf(int index, const std::string& name) const {
    for (ConstraintCheck& check : CheckConstraints(planner_, index, conditions_)) {
      if (check.name == name) {
        return std::move(check);
      }
    }
    return std::nullopt;
  }

  absl::Status SetConstraints() {
    ASSIGN_OR_RETURN(const std::vector<Binding> bindings, FindBindings(planner_, conditions_));
    const Score score = planner_.ScoreOf(best_, conditions_);
    for (const Binding& binding : bindings) {
      ConstraintReport& constraint = report_.constraints.emplace_back();
      constraint.check =
          CheckOf(best_, binding.name)
              .value_or(ConstraintCheck{.name = binding.name,
                                        .text = binding.name + " is false, and this keeps to it"});
      // Its score without the constraint, whose violation no longer counts.
      if (binding.without >= 0 && binding.without != best_) {
        PlanOption without = Option(binding.without);
        if (!constraint.check.met || std::pair(without.score.objective, without.score.latency_ns) <
                                         std::pair(score.objective, score.latency_ns)) {
          constraint.without = std::move(without);
        }
      }
      if (std::optional<ConstraintCheck> nearest = CheckOf(binding.alone, binding.name);
          nearest && !nearest->met) {
        constraint.out_of_reach = std::move(nearest);
      }
    }
    return absl::OkStatus();
  }

  // A way to do it that a person compares with: whatever is the best among `allowed` at each rate.
  void AddCurve(const std::string& name, const std::vector<int>& allowed) {
    if (allowed.empty()) {
      return;
    }
    SweepReport::Curve& curve = report_.sweep.curves.emplace_back();
    curve.name = name;
    for (const double rate : report_.sweep.rates) {
      const ChangedConditions changed(conditions_, Lever::kLinkRate,
                                      rate / conditions_.link->up.median());
      const auto latency = [&](int index) {
        return planner_.TermsOf(index, changed.conditions()).latency_ns;
      };
      curve.latencies.push_back(latency(*std::ranges::min_element(allowed, {}, latency)));
    }
  }

  absl::Status SetSweep() {
    const double median = conditions_.link->up.median();
    SweepReport& sweep = report_.sweep;
    sweep.from = options_.from.value_or(BitRate{median / kSweepFactor});
    sweep.to = options_.to.value_or(BitRate{median * kSweepFactor});
    ASSIGN_OR_RETURN(const std::vector<SweepStretch> stretches,
                     SweepUplink(planner_, conditions_, sweep.from, sweep.to));
    for (const SweepStretch& stretch : stretches) {
      const double middle = std::sqrt(stretch.from.bits_per_second * stretch.to.bits_per_second);
      const ChangedConditions changed(conditions_, Lever::kLinkRate, middle / median);
      sweep.stretches.push_back(
          {stretch.from, stretch.to, Option(stretch.candidate, changed.conditions())});
    }
    const double step =
        std::pow(sweep.to.bits_per_second / sweep.from.bits_per_second, 1.0 / (kCurvePoints - 1));
    for (int i = 0; i < kCurvePoints; ++i) {
      sweep.rates.push_back(sweep.from.bits_per_second * std::pow(step, i));
    }
    SetCurves();
    return absl::OkStatus();
  }

  void SetCurves() {
    SweepReport::Curve& best = report_.sweep.curves.emplace_back();
    best.name = "best";
    for (const double rate : report_.sweep.rates) {
      const ChangedConditions changed(conditions_, Lever::kLinkRate,
                                      rate / conditions_.link->up.median());
      const int index = planner_.Choose(changed.conditions()).best().candidate;
      best.latencies.push_back(planner_.TermsOf(index, changed.conditions()).latency_ns);
    }
    AddCurve("edge", Among([](const Candidate& candidate) { return !candidate.uses_cloud(); }));
    AddCurve("input", Among([](const Candidate& candidate) { return candidate.sends_input(); }));
    const Candidate& chosen = planner_.candidate(best_);
    if (chosen.uses_cloud() && !chosen.sends_input()) {
      AddCurve(report_.best().Label(), {best_});
    }
  }

  template <typename Test>
  std::vector<int> Among(Test test) const {
    std::vector<int> found;
    const std::vector<Candidate>& all = planner_.set().candidates;
    for (size_t i = 0; i < all.size(); ++i) {
      if (planner_.Allows(all[i]) && test(all[i])) {
        found.push_back(static_cast<int>(i));
      }
    }
    return found;
  }

  void Ask(const WhatIf& what_if) {
    ChangedConditions changed(conditions_);
    for (const WhatIf::Move& move : what_if.moves) {
      changed.Move(move.lever, move.factor);
    }
    const int then = planner_.Choose(changed.conditions()).best().candidate;
    report_.what_ifs.push_back(
        {what_if.text, Option(best_, changed.conditions()), Option(then, changed.conditions())});
  }

  const Planner& planner_;
  const Conditions& conditions_;
  const ReportOptions& options_;
  int best_ = -1;
  PlanReport report_;
};

}  // namespace

absl::StatusOr<PlanReport> MakePlanReport(const Planner& planner, const Conditions& conditions,
                                          const ReportOptions& options) {
  return Maker(planner, conditions, options).Make();
}

}  // namespace tideline
