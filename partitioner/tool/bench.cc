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
#include "partitioner/tool/answer.h"
#include "partitioner/tool/bench_rounds.h"
#include "partitioner/tool/commands.h"
#include "partitioner/tool/describe.h"
#include "partitioner/tool/progress.h"
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
  bool json = false;
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
                               absl::Duration time, const std::string& label) {
  const SystemClock clock;
  const MonotonicTime begin = clock.Now();
  Progress progress(static_cast<size_t>(absl::ToInt64Milliseconds(time)));
  Samples samples;
  while (samples.whole.size() < kLeastRuns || clock.Now() < begin + time) {
    progress.Show(static_cast<size_t>(absl::ToInt64Milliseconds(clock.Now() - begin)), label);
    RETURN_IF_ERROR(RunOnce(model, cut, samples));
  }
  return samples;
}

absl::StatusOr<Samples> Measure(BenchModel& model, const std::optional<Frontier>& cut,
                                const Options& options) {
  const absl::Duration time = absl::Seconds(options.seconds);
  ASSIGN_OR_RETURN(const double first_run, model.TimeWhole());
  RETURN_IF_ERROR(model.SetBatch(options.batch));
  RETURN_IF_ERROR(RunFor(model, cut, std::min(time / 5, absl::Seconds(1)), "warm-up").status());
  ASSIGN_OR_RETURN(Samples samples, RunFor(model, cut, time, "measuring"));
  samples.first_answer_ms = model.load_ms() + first_run;
  return samples;
}

void AddRow(const std::string& name, const std::vector<double>& times, int64_t batch,
            Table& table) {
  const double median = Median(times);
  table.AddRow({name, NumberCell("{:.2f}", median), NumberCell("{:.2f}", Quantile(times, 0.1)),
                NumberCell("{:.2f}", Quantile(times, 0.9)),
                NumberCell("{:.1f}", 1e3 * static_cast<double>(batch) / median)});
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

Answer Found(const BenchModel& model, const Samples& samples, const Options& options,
             double error) {
  Answer answer;
  const EngineDescription engine = model.Describe();
  answer.Say(fmt::format("{}: {} {} ({}, {}) on {}, threads {}, batch {}, {} runs\n\n",
                         ModelTitle(model.files()), engine.engine, engine.version, engine.precision,
                         engine.isa, engine.device, engine.threads, options.batch,
                         samples.whole.size()));
  Table table({{"", Align::kLeft, "part"},
               {"median ms", Align::kRight, "median_ms"},
               {"p10", Align::kRight, "p10_ms"},
               {"p90", Align::kRight, "p90_ms"},
               {"images/s", Align::kRight, "images_per_s"}});
  AddRow("whole", samples.whole, options.batch, table);
  if (!samples.head.empty()) {
    AddRow("head", samples.head, options.batch, table);
    AddRow("tail", samples.tail, options.batch, table);
    AddRow("head + tail", samples.Split(), options.batch, table);
  }
  answer.Show("parts", table);
  answer.Say("\n");
  if (!samples.head.empty()) {
    answer.Say(fmt::format("Cut at {}, head and tail take {:.3f} of the whole's time.\n",
                           options.cut, SplitVsWhole(samples)));
  }
  answer.Say(
      fmt::format("Loaded in {:.0f} ms, first answer after {:.0f} ms, resident {:.0f} MB, "
                  "{:.1e} from PyTorch's outputs.\n",
                  model.load_ms(), samples.first_answer_ms, ResidentMegabytes(), error));
  answer.Summarize(ToJson(model, samples, options, error));
  return answer;
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
  return Found(*model, samples, options, error).Print(options.json);
}

}  // namespace

Command AddBench(CLI::App& tool) {
  auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(
      tool, {"bench", kMeasureGroup, "How fast a network is on this machine, whole or cut",
             "  tideline bench models/photos\n"
             "  tideline bench models/photos --cut features.3 --threads 1\n"
             "  tideline bench models/photos --engine openvino --batch 16 --json"});
  app->add_option("MODEL", options->model, kModelHelp)->required();
  app->add_option("--engine", options->engine, "What runs it")
      ->type_name("ENGINE")
      ->capture_default_str();
  AddEngineThreads(*app, options->threads);
  app->add_flag("--spin", options->spin, "Idle threads spin: faster on a machine of its own");
  app->add_option("--batch", options->batch, "Images in one run")->capture_default_str();
  app->add_option("--cut", options->cut, "Time the head and the tail of this cut too")
      ->type_name("CUT");
  app->add_option("--seconds", options->seconds, "How long to measure, after a short warm-up")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  app->add_option("--cache", options->cache,
                  "Folder where engines that compile keep what they made")
      ->type_name("FOLDER");
  app->add_flag("--rounds", options->rounds,
                "Stay, and answer lines of stdin for a program: 'whole RUNS', 'cut NAME RUNS', …");
  AddJsonFlag(*app, options->json);
  return {app, [options] { return RunBench(*options); }};
}

}  // namespace tideline
