#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include <nlohmann/json.hpp>

#include "common/base/clock.h"
#include "common/engine/engines.h"
#include "partitioner/profiler/bench_model.h"
#include "partitioner/tool/bench_rounds.h"
#include "partitioner/tool/commands.h"
#include "partitioner/tool/describe.h"
#include "partitioner/tool/table.h"

namespace tideline {
namespace {

constexpr int kLeastRuns = 5;

struct Options {
  std::string model;
  std::string engine = "aten";
  int threads = 0;
  bool spin = false;
  int64_t batch = 1;
  std::string cut;
  double seconds = 5;
  std::string cache;
  bool rounds = false;
};

// Times in milliseconds, one per run; head and tail are empty where nothing is cut.
struct Samples {
  std::vector<double> whole;
  std::vector<double> head;
  std::vector<double> tail;
  double first_answer_ms = 0;

  std::vector<double> Split() const {
    std::vector<double> sums(head.size());
    std::ranges::transform(head, tail, sums.begin(), std::plus<>());
    return sums;
  }
};

// The value below which `share` of `values` are, which are not empty.
double Quantile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values[static_cast<size_t>(std::lround(share * static_cast<double>(values.size() - 1)))];
}

double Median(const std::vector<double>& values) { return Quantile(values, 0.5); }

// The median of the ratios of times that were taken right after one another.
double SplitVsWhole(const Samples& samples) {
  std::vector<double> ratios = samples.Split();
  std::ranges::transform(ratios, samples.whole, ratios.begin(), std::divides<>());
  return Median(ratios);
}

absl::Status RunOnce(BenchModel& model, const std::optional<Frontier>& cut, Samples& samples) {
  if (!cut) {
    ASSIGN_OR_RETURN(const double whole, model.TimeWhole());
    samples.whole.push_back(whole);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const DividedTimes times, model.TimeDivided({&*cut, 1}));
  samples.whole.push_back(times.whole);
  samples.head.push_back(times.parts[0]);
  samples.tail.push_back(times.parts[1]);
  return absl::OkStatus();
}

absl::StatusOr<Samples> RunFor(BenchModel& model, const std::optional<Frontier>& cut,
                               absl::Duration time) {
  const SystemClock clock;
  const MonotonicTime end = clock.Now() + time;
  Samples samples;
  while (samples.whole.size() < kLeastRuns || clock.Now() < end) {
    RETURN_IF_ERROR(RunOnce(model, cut, samples));
  }
  return samples;
}

absl::StatusOr<Samples> Measure(BenchModel& model, const std::optional<Frontier>& cut,
                                const Options& options) {
  const absl::Duration time = absl::Seconds(options.seconds);
  ASSIGN_OR_RETURN(const double first_run, model.TimeWhole());
  RETURN_IF_ERROR(model.SetBatch(options.batch));
  RETURN_IF_ERROR(RunFor(model, cut, std::min(time / 5, absl::Seconds(1))).status());
  ASSIGN_OR_RETURN(Samples samples, RunFor(model, cut, time));
  samples.first_answer_ms = model.load_ms() + first_run;
  return samples;
}

void AddRow(const std::string& name, const std::vector<double>& times, int64_t batch,
            Table& table) {
  const double median = Median(times);
  table.AddRow({name, fmt::format("{:.2f}", median), fmt::format("{:.2f}", Quantile(times, 0.1)),
                fmt::format("{:.2f}", Quantile(times, 0.9)),
                fmt::format("{:.1f}", 1e3 * static_cast<double>(batch) / median)});
}

void Print(const BenchModel& model, const Samples& samples, const Options& options, double error) {
  const EngineDescription engine = model.Describe();
  fmt::print("{}: {} {} ({}, {}) on {}, threads {}, batch {}, {} runs\n\n",
             ModelTitle(model.files()), engine.engine, engine.version, engine.precision, engine.isa,
             engine.device, engine.threads, options.batch, samples.whole.size());
  Table table({{""},
               {"median ms", Align::kRight},
               {"p10", Align::kRight},
               {"p90", Align::kRight},
               {"images/s", Align::kRight}});
  AddRow("whole", samples.whole, options.batch, table);
  if (!samples.head.empty()) {
    AddRow("head", samples.head, options.batch, table);
    AddRow("tail", samples.tail, options.batch, table);
    AddRow("head + tail", samples.Split(), options.batch, table);
  }
  fmt::print("{}\n", table.ToString());
  if (!samples.head.empty()) {
    fmt::print("Cut at {}, head and tail take {:.3f} of the whole's time.\n", options.cut,
               SplitVsWhole(samples));
  }
  fmt::print(
      "Loaded in {:.0f} ms, first answer after {:.0f} ms, resident {:.0f} MB, "
      "{:.1e} from PyTorch's outputs.\n",
      model.load_ms(), samples.first_answer_ms, ResidentMegabytes(), error);
}

nlohmann::ordered_json ToJson(const BenchModel& model, const Samples& samples,
                              const Options& options, double error) {
  const double median = Median(samples.whole);
  nlohmann::ordered_json json = {
      {"bench", "ok"},
      {"model", model.files().name},
      {"version", model.files().version},
      {"engine", options.engine},
      {"precision", model.Describe().precision},
      {"threads", model.Describe().threads},
      {"batch", options.batch},
      {"runs", samples.whole.size()},
      {"median_ms", median},
      {"p10_ms", Quantile(samples.whole, 0.1)},
      {"p90_ms", Quantile(samples.whole, 0.9)},
      {"images_per_s", 1e3 * static_cast<double>(options.batch) / median},
      {"load_ms", model.load_ms()},
      {"first_answer_ms", samples.first_answer_ms},
      {"rss_mb", ResidentMegabytes()},
      {"error_vs_pytorch", error}};
  if (!samples.head.empty()) {
    json["cut"] = options.cut;
    json["head_ms"] = Median(samples.head);
    json["tail_ms"] = Median(samples.tail);
    json["split_vs_whole"] = SplitVsWhole(samples);
  }
  return json;
}

absl::Status RunBench(const Options& options) {
  SetEngineThreads(options.threads, options.spin);
  ASSIGN_OR_RETURN(const std::unique_ptr<BenchModel> model,
                   BenchModel::Load(options.model, options.engine,
                                    {.threads = options.threads, .cache_folder = options.cache}));
  if (options.rounds) {
    return ServeRounds(*model, std::cin, std::cout);
  }
  std::optional<Frontier> cut;
  if (!options.cut.empty()) {
    ASSIGN_OR_RETURN(cut, model->frontiers().Find(options.cut));
  }
  ASSIGN_OR_RETURN(const Samples samples, Measure(*model, cut, options));
  ASSIGN_OR_RETURN(const double error, model->ErrorVsPyTorch());
  Print(*model, samples, options, error);
  fmt::print("{}\n", ToJson(*model, samples, options, error)
                         .dump(/*indent=*/-1, ' ', /*ensure_ascii=*/false,
                               nlohmann::ordered_json::error_handler_t::replace));
  return absl::OkStatus();
}

}  // namespace

Command AddBench(CLI::App& tool) {
  auto options = std::make_shared<Options>();
  CLI::App* app = tool.add_subcommand("bench", "Time a network, whole or cut, on this machine");
  app->add_option("MODEL", options->model, "A .pt2 file, a version folder or a model folder")
      ->required();
  app->add_option("--engine", options->engine, "What runs it")->capture_default_str();
  app->add_option("--threads", options->threads, "Inside one run; 0 = all that the process may use")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app->add_flag("--spin", options->spin, "Idle threads spin: faster on a machine of its own");
  app->add_option("--batch", options->batch, "Images in one run")->capture_default_str();
  app->add_option("--cut", options->cut, "Time the head and the tail of this cut too");
  app->add_option("--seconds", options->seconds, "How long to measure, after a short warm-up")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  app->add_option("--cache", options->cache,
                  "Folder where engines that compile keep what they made");
  app->add_flag("--rounds", options->rounds,
                "Stay, and answer lines of stdin for a program: 'whole RUNS', 'cut NAME RUNS', …");
  return {app, [options] { return RunBench(*options); }};
}

}  // namespace tideline
