#include "partitioner/profiler/engine_timer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <numeric>
#include <string_view>
#include <utility>

#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include <fmt/ranges.h>

#include "common/base/clock.h"
#include "common/engine/engine.h"
#include "partitioner/profiler/choose_cuts.h"
#include "partitioner/profiler/other_processes.h"
#include "partitioner/profiler/power_sampler.h"
#include "partitioner/profiler/quiet_samples.h"

namespace tideline {
namespace {

constexpr int kCountedRuns = 30;
constexpr size_t kLeastRuns = QuietSamples::kEnough;
// How much of a core others may use in a round, and how long one is for that to be told.
constexpr double kQuiet = 0.05;
constexpr absl::Duration kRound = absl::Milliseconds(500);
constexpr size_t kWarmRuns = 10;
// Enough for engines that compile what is often used, in the background.
constexpr size_t kOftenRuns = 40;

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kPrecisions = {
    {{"float32", "f32"}, {"bfloat16", "bf16"}, {"float16", "f16"}}};

// A head and the tail behind it.
struct CutSamples {
  Frontier cut;
  QuietSamples head;
  QuietSamples tail;
  QuietSamples beside;  // the whole network, in turns with them
};

Estimate Scale(const Estimate& estimate, double factor) {
  return {factor * estimate.median, factor * estimate.low, factor * estimate.high};
}

class Timer {
 public:
  Timer(BenchModel& model, const EngineTiming& timing, const TimingReport& report)
      : model_(model), timing_(timing), report_(report) {}

  absl::StatusOr<EngineProfile> Run(PowerMeter& meter) {
    RETURN_IF_ERROR(FindCuts());
    const EngineDescription engine = model_.Describe();
    EngineProfile profile{.engine = WithoutPrecision(timing_.engine),
                          .precision = ShortPrecision(engine.precision),
                          .threads = engine.threads};
    report_(0, "warming up");
    RETURN_IF_ERROR(model_.MakeReady({}));
    RETURN_IF_ERROR(WarmUp(kLeastRuns, [this] { return TimeWhole(); }));
    profile.memory_bytes = static_cast<int64_t>(1e6 * ResidentMegabytes());
    const size_t warm_runs = engine.ready.empty() ? kWarmRuns : kOftenRuns;
    RETURN_IF_ERROR(WarmUp(warm_runs, [this] { return TimeWhole(); }));
    RETURN_IF_ERROR(model_.MakeReady({}));  // behind what compiles in the background
    whole_.Clear();
    ASSIGN_OR_RETURN(profile.groups_ns, GroupTimes());
    RETURN_IF_ERROR(engine.ready.empty() ? TakeTurns(meter) : OneAfterTheOther(meter));
    profile.watts = watts_;
    profile.whole_ns = whole_.Nanoseconds();
    profile.quiet_rounds = quiet_rounds_;
    profile.dropped_rounds = dropped_rounds_;
    for (const CutSamples& samples : cuts_) {
      const double drift =
          engine.ready.empty() ? 1 : profile.whole_ns.median / samples.beside.Nanoseconds().median;
      profile.cuts.push_back({.cut = samples.cut.name,
                              .head_ns = Scale(samples.head.Nanoseconds(), drift),
                              .tail_ns = Scale(samples.tail.Nanoseconds(), drift)});
    }
    return profile;
  }

 private:
  absl::Status FindCuts() {
    for (const std::string& name : timing_.cuts) {
      ASSIGN_OR_RETURN(Frontier cut, model_.frontiers().Find(name));
      cuts_.push_back({.cut = std::move(cut)});
    }
    return absl::OkStatus();
  }

  absl::StatusOr<double> RunWhole() {
    absl::SleepFor(timing_.pause);
    return model_.TimeWhole();
  }

  absl::Status TimeWhole() {
    ASSIGN_OR_RETURN(const double time, RunWhole());
    whole_.Add(time);
    return absl::OkStatus();
  }

  absl::Status TimeBeside(CutSamples& samples) {
    ASSIGN_OR_RETURN(const double time, RunWhole());
    whole_.Add(time);
    samples.beside.Add(time);
    return TimeCut(samples);
  }

  absl::Status TimeCut(CutSamples& samples) {
    absl::SleepFor(timing_.pause);
    ASSIGN_OR_RETURN(const std::vector<double> times, model_.TimeParts({&samples.cut, 1}));
    samples.head.Add(times[0]);
    samples.tail.Add(times[1]);
    return absl::OkStatus();
  }

  absl::Status WarmUp(size_t runs, const std::function<absl::Status()>& run) {
    for (size_t i = 0; i < runs; ++i) {
      RETURN_IF_ERROR(run());
    }
    return absl::OkStatus();
  }

  // Calls `run` until `time` of it was quiet, at most for twice as long, and at least kLeastRuns
  // times.
  absl::Status Measure(absl::Duration time, const std::function<absl::Status()>& run) {
    const absl::Duration round = std::min(time, kRound);
    const MonotonicTime begin = clock_.Now();
    absl::Duration quiet_time;
    OtherProcesses others;
    for (size_t runs = 0;
         runs < kLeastRuns || (quiet_time < time && clock_.Now() - begin < 2 * time);) {
      const MonotonicTime round_begin = clock_.Now();
      others.Begin();
      do {
        RETURN_IF_ERROR(run());
        ++runs;
      } while (clock_.Now() - round_begin < round);
      const bool quiet = others.Cores() <= kQuiet;
      ++(quiet ? quiet_rounds_ : dropped_rounds_);
      quiet_time += quiet ? clock_.Now() - round_begin : absl::ZeroDuration();
      whole_.EndRound(quiet);
      for (CutSamples& samples : cuts_) {
        samples.head.EndRound(quiet);
        samples.tail.EndRound(quiet);
        samples.beside.EndRound(quiet);
      }
    }
    return absl::OkStatus();
  }

  // Every cut is as quick to run as any other.
  absl::Status TakeTurns(PowerMeter& meter) {
    const MonotonicTime begin = clock_.Now();
    PowerSampler power(meter);
    RETURN_IF_ERROR(Measure(timing_.time, [&]() -> absl::Status {
      RETURN_IF_ERROR(TimeWhole());
      for (CutSamples& samples : cuts_) {
        report_(absl::FDivDuration(clock_.Now() - begin, 2 * timing_.time), samples.cut.name);
        RETURN_IF_ERROR(TimeCut(samples));
      }
      return absl::OkStatus();
    }));
    watts_ = power.Stop();
    return absl::OkStatus();
  }

  // The engine has head and tail of one cut compiled at a time, and the whole network beside them:
  // what it takes more or less than at other times, they do too.
  absl::Status OneAfterTheOther(PowerMeter& meter) {
    const auto steps = static_cast<double>(cuts_.size() + 1);
    const absl::Duration time = timing_.time / steps;
    report_(0, "whole network");
    {
      PowerSampler power(meter);
      RETURN_IF_ERROR(Measure(time, [this] { return TimeWhole(); }));
      watts_ = power.Stop();  // before anything is compiled
    }
    double done = 1;
    for (CutSamples& samples : cuts_) {
      report_(done++ / steps, samples.cut.name);
      EngineOptions options = timing_.options;
      options.ready = {samples.cut.name};
      RETURN_IF_ERROR(model_.PrepareParts(options));
      RETURN_IF_ERROR(model_.MakeReady({&samples.cut, 1}));
      RETURN_IF_ERROR(WarmUp(kWarmRuns, [&] { return TimeCut(samples); }));
      samples.head.Clear();
      samples.tail.Clear();
      RETURN_IF_ERROR(Measure(time, [&] { return TimeBeside(samples); }));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<double>> GroupTimes() {
    const absl::StatusOr<std::vector<double>> nodes = model_.TimeNodes(kCountedRuns);
    if (!nodes.ok() && !absl::IsUnimplemented(nodes.status())) {
      return nodes.status();
    }
    std::vector<double> groups;
    for (const Group& group : model_.frontiers().groups()) {
      double& sum = groups.emplace_back(0);
      for (const NodeId node : group.nodes) {
        sum += nodes.ok() ? (*nodes)[node] : 0;
      }
    }
    const bool counted = std::accumulate(groups.begin(), groups.end(), 0.0) > 0;
    return counted ? groups : GroupWork(model_.program(), model_.frontiers());
  }

  BenchModel& model_;
  const EngineTiming& timing_;
  const TimingReport& report_;
  const SystemClock clock_;
  std::optional<double> watts_;
  QuietSamples whole_;
  std::vector<CutSamples> cuts_;
  int64_t quiet_rounds_ = 0;
  int64_t dropped_rounds_ = 0;
};

}  // namespace

absl::StatusOr<EngineProfile> TimeEngine(BenchModel& model, const EngineTiming& timing,
                                         PowerMeter& meter, const TimingReport& report) {
  return Timer(model, timing, report).Run(meter);
}

std::string WithoutPrecision(const std::string& engine) {
  const size_t colon = engine.find(':');
  if (colon == std::string::npos || engine.starts_with("check:")) {
    return engine;
  }
  std::vector<std::string> kept;
  for (std::string& option :
       std::vector<std::string>(absl::StrSplit(engine.substr(colon + 1), '+', absl::SkipEmpty()))) {
    const auto is_option = [&](const auto& name) { return name.second == option; };
    if (std::ranges::none_of(kPrecisions, is_option)) {
      kept.push_back(std::move(option));
    }
  }
  return kept.empty() ? engine.substr(0, colon)
                      : fmt::format("{}:{}", engine.substr(0, colon), fmt::join(kept, "+"));
}

std::string ShortPrecision(const std::string& precision) {
  const auto* found = std::ranges::find(kPrecisions, std::string_view(precision),
                                        &std::pair<std::string_view, std::string_view>::first);
  return found == kPrecisions.end() ? precision : std::string(found->second);
}

}  // namespace tideline
