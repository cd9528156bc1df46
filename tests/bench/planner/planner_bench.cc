// What tests/bench/run planner runs, one JSON line on stdout:
//
//   planner_bench dag FILE SCALE     minimum cut of a public graph: {"min_cost": ms, "ms": ms}
//   planner_bench figures NETWORKS   the planner's figures, compared with the definition of the
//   best
//                                    choice on so many random networks
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "partitioner/planner/planner.h"
#include "partitioner/planner/segment_times.h"
#include "tests/partitioner/planner/dag_file.h"
#include "tests/partitioner/planner/planner_oracle.h"
#include "tests/partitioner/planner/random_gap.h"
#include "tests/partitioner/planner/random_program.h"

namespace tideline {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRuns = 100;
constexpr int kLargest = 14;    // nodes of a network that the definition is tried on
constexpr double kNoise = 0.5;  // how far bytes per element differ between values
constexpr int kGapNodes = 40;   // up to so many nodes in the networks whose gap is measured
constexpr int kBertNodes = 783;
constexpr int kLargeNodes = 1000;

constexpr Objective kObjectives[] = {Objective::kLatency, Objective::kThroughput,
                                     Objective::kEnergy, Objective::kCost};

double Since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

// The least of several runs: what it takes where nothing disturbs it.
template <typename Function>
double LeastMs(int runs, Function function) {
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < runs; ++i) {
    const Clock::time_point begin = Clock::now();
    function();
    least = std::min(least, Since(begin));
  }
  return least;
}

double MinimumCutMs(const Dag& dag) {
  return LeastMs(kRuns, [&] { FindMinimumCut(dag).value(); });
}

struct Comparison {
  int64_t choices = 0;
  int64_t mismatches = 0;
};

Comparison CompareWithDefinition(int networks) {
  std::mt19937 random(20);
  Comparison comparison;
  for (int i = 0; i < networks; ++i) {
    const OracleCase oracle_case = RandomCase(1 + static_cast<int>(random() % kLargest), random);
    for (const Objective objective : kObjectives) {
      for (int constraint = 0; constraint < kOracleConstraints; ++constraint) {
        const std::string why =
            Disagreement(oracle_case, objective, OracleConstraint{constraint}, random);
        ++comparison.choices;
        if (!why.empty()) {
          ++comparison.mismatches;
          std::fprintf(stderr, "network %d, constraint %d: %s\n", i, constraint, why.c_str());
        }
      }
    }
  }
  return comparison;
}

struct Gap {
  double p95 = 0;
  double most = 0;
};

// By how much the best cut that is considered costs more than the best of all cuts.
Gap MeasureGap(int networks, const GapOptions& options) {
  std::mt19937 random(21);
  std::vector<double> gaps;
  for (int i = 0; i < networks; ++i) {
    gaps.push_back(RandomGap(2 + static_cast<int>(random() % kGapNodes), options, random));
  }
  std::ranges::sort(gaps);
  return {gaps[gaps.size() * 95 / 100], gaps.back()};
}

EngineProfile MakeEngine(const char* precision, double scale, const Network& network,
                         std::mt19937& random) {
  EngineProfile engine{.engine = "aten", .precision = precision, .memory_bytes = 100 << 20};
  double whole = 0;
  for (int i = 0; i < network.groups; ++i) {
    engine.groups_ns.push_back(scale * (1e4 + static_cast<double>(random() % 100'000)));
    whole += engine.groups_ns.back();
  }
  engine.whole_ns = Estimate::Exactly(whole);
  return engine;
}

Calibration Calibrate(const Network& network, bool stretches, std::mt19937& random) {
  constexpr struct {
    const char* codec;
    double bytes_per_element;
    double drop;
  } kCodecs[] = {{"fp32", 3, 0}, {"fp16", 1.5, 1e-4}, {"int8", 0.6, 1e-3}, {"int4", 0.25, 1e-2}};
  Calibration calibration;
  for (const NetworkCut& cut : network.cuts) {
    for (const auto& codec : kCodecs) {
      const bool dense = stretches && codec.codec[0] == 'i';
      const double noise = 0.8 + 0.4 * static_cast<double>(random() % 1000) / 1000;
      const double bytes = 1 + noise * codec.bytes_per_element * static_cast<double>(cut.elements);
      calibration.records.push_back({.cut = cut.name,
                                     .codec = codec.codec + std::string(dense ? "/dense" : ""),
                                     .bytes_mean = bytes,
                                     .bytes_p95 = 1.2 * bytes,
                                     .encode_ns = 2 * static_cast<double>(cut.elements),
                                     .decode_ns = 1 * static_cast<double>(cut.elements),
                                     .accuracy_drop = noise * codec.drop,
                                     .leakage_ssim = 0.5 * noise});
    }
  }
  return calibration;
}

struct LargeNetwork {
  double plan_ms = 0;  // cuts, candidates and front
  size_t cuts = 0;
  size_t candidates = 0;
  size_t front = 0;
  size_t considered = 0;
  double choose_us = 0;
};

// A choice under a latency and an accuracy target; the objective and link that take longest count.
void MeasureChoice(const std::shared_ptr<const CandidateSet>& set, Objective objective,
                   LargeNetwork& large) {
  const Targets targets{
      .objective = objective, .latency = absl::Milliseconds(200), .accuracy_drop = 0.01};
  const Planner planner =
      Planner::Make(set, targets, {.per_cloud_second = 1e-4, .per_byte = 1e-10}).value();
  for (const std::string& name : LinkPresetNames()) {
    const Link link = LinkPreset(name).value();
    constexpr int kChoices = 100;
    int found = 0;  // is used, so that no choice is left out
    const double us = 1e3 / kChoices * LeastMs(kRuns, [&] {
                        for (int i = 0; i < kChoices; ++i) {
                          found += planner.Choose({.link = &link, .queue_ns = 1e3 * i}).count;
                        }
                      });
    const size_t considered = planner.Considered({.link = &link});
    std::fprintf(stderr, "%s on %s: %zu candidates may be best, %.2f us, %d found\n",
                 std::string(EnumNames(objective).at(static_cast<size_t>(objective))).c_str(),
                 name.c_str(), considered, us, found);
    large.choose_us = std::max(large.choose_us, us);
    large.considered = std::max(large.considered, considered);
  }
}

// With `stretches` a part of the candidates codes while it sends.
LargeNetwork MeasureLargeNetwork(bool stretches) {
  std::mt19937 random(22);
  Program program = RandomProgram(kLargeNodes, /*width=*/3, random);
  if (stretches) {
    EnlargeValues(program, random);
  }
  const FrontierTable table(program);
  Network network = DescribeNetwork(program, table);
  Profile edge{.device = "edge"};
  edge.power = {"declared", 5.0, 1.0, 0.5};
  edge.engines = {MakeEngine("f32", 1, network, random), MakeEngine("bf16", 0.7, network, random)};
  edge.engines[1].accuracy_drop = 1e-3;
  Profile cloud{.device = "cloud"};
  cloud.engines = {MakeEngine("f32", 0.1, network, random)};
  const auto describe = [&] {
    Network described = DescribeNetwork(program, table);
    const Dag times = GroupTimes(edge.engines[0], cloud.engines[0], described).value();
    AddCheapestCuts(table, times, described).value();
    return described;
  };
  network = describe();
  const Calibration calibration = Calibrate(network, stretches, random);
  CandidateInputs inputs{network, edge, cloud, calibration, {}};
  inputs.result_bytes = 4000;
  inputs.raw_input_bytes = 150'528;
  std::shared_ptr<const CandidateSet> set;
  LargeNetwork large;
  large.plan_ms = LeastMs(3, [&] {
    network = describe();
    set = std::make_shared<const CandidateSet>(MakeCandidates(inputs).value());
  });
  large.cuts = network.cuts.size();
  large.candidates = set->candidates.size();
  large.front = set->front.size();
  for (const Objective objective : kObjectives) {
    MeasureChoice(set, objective, large);
  }
  return large;
}

int Usage() {
  std::fprintf(stderr, "planner_bench dag FILE SCALE\nplanner_bench figures NETWORKS\n");
  return 2;
}

template <typename T>
bool Parse(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value > 0;
}

int RunDag(const std::string& path, double scale) {
  const absl::StatusOr<Dag> dag = ReadDagFile(path, scale);
  const absl::StatusOr<MinimumCut> cut = dag.ok() ? FindMinimumCut(*dag) : dag.status();
  if (!cut.ok()) {
    std::fprintf(stderr, "planner_bench: %s\n", std::string(cut.status().message()).c_str());
    return 1;
  }
  std::printf("{\"min_cost\": %.6f, \"ms\": %.4f, \"nodes\": %zu}\n",
              static_cast<double>(cut->cost_ns) * 1e-6, MinimumCutMs(*dag), dag->nodes.size());
  return 0;
}

int RunFigures(int networks) {
  const Comparison comparison = CompareWithDefinition(networks);
  const Gap bounded = MeasureGap(networks, {.add_cheapest = true, .noise = kNoise});
  const LargeNetwork large = MeasureLargeNetwork(/*stretches=*/false);
  const LargeNetwork coded = MeasureLargeNetwork(/*stretches=*/true);
  std::printf(
      "{\"networks\": %d, \"brute_force_choices\": %lld, \"brute_force_mismatches\": %lld, "
      "\"bounded_gap_p95\": %.6g, \"bounded_gap_max\": %.6g, \"listed_gap_p95\": %.6g, "
      "\"single_value_gap_p95\": %.6g, "
      "\"mincut783_ms\": %.4f, \"dag1000_ms\": %.2f, "
      "\"dag1000_cuts\": %zu, \"dag1000_candidates\": %zu, \"dag1000_front\": %zu, "
      "\"choose_considered\": %zu, \"choose_us\": %.3f, "
      "\"stretches_ms\": %.2f, \"stretches_front\": %zu, "
      "\"stretches_considered\": %zu, \"stretches_choose_us\": %.3f}\n",
      networks, static_cast<long long>(comparison.choices),
      static_cast<long long>(comparison.mismatches), bounded.p95, bounded.most,
      MeasureGap(networks, {.noise = kNoise}).p95,
      MeasureGap(networks, {.values_per_cut = 1, .noise = kNoise}).p95,
      MinimumCutMs(GenerateDag(kBertNodes, 1)), large.plan_ms, large.cuts, large.candidates,
      large.front, large.considered, large.choose_us, coded.plan_ms, coded.front, coded.considered,
      coded.choose_us);
  return 0;
}

int Main(const std::vector<std::string>& arguments) {
  double scale = 0;
  int networks = 0;
  if (arguments.size() == 3 && arguments[0] == "dag" && Parse(arguments[2], scale)) {
    return RunDag(arguments[1], scale);
  }
  if (arguments.size() == 2 && arguments[0] == "figures" && Parse(arguments[1], networks)) {
    return RunFigures(networks);
  }
  return Usage();
}

}  // namespace
}  // namespace tideline

int main(int argc, char** argv) {
  return tideline::Main(std::vector<std::string>(argv + 1, argv + argc));
}
