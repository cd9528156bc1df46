#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include <nlohmann/json.hpp>

#include "common/engine/engines.h"
#include "common/model/repository.h"
#include "common/program/costs.h"
#include "common/program/load.h"
#include "partitioner/profiler/reference.h"
#include "partitioner/tool/answer.h"
#include "partitioner/tool/commands.h"
#include "partitioner/tool/cut_check.h"
#include "partitioner/tool/cut_codec.h"
#include "partitioner/tool/describe.h"
#include "partitioner/tool/progress.h"
#include "partitioner/tool/table.h"

namespace tideline {
namespace {

// What float32 engines may be from PyTorch (ARCHITECTURE.md, "Equal").
constexpr double kAtenTolerance = 1e-5;
constexpr double kOtherTolerance = 2e-5;
// A check proves nothing on a network whose output hardly depends on its input.
constexpr double kLeastSensitivity = 100;

struct Options {
  std::string model;
  std::string engines = "aten";
  std::string cuts = "all";
  std::string codec = "fp32";
  int threads = 0;
  uint64_t seed = 0;
  bool json = false;
};

struct Outcome {
  std::vector<Subject>& subjects;
  CutReport whole;
  std::vector<CutReport> cuts;
  CutSelection selection;
  double sensitivity = 0;
  absl::Duration elapsed;

  bool sensitive() const {
    return std::ranges::all_of(subjects, [this](const Subject& subject) {
      return sensitivity >= kLeastSensitivity * subject.tolerance;
    });
  }
  int64_t mismatches() const {
    return std::ranges::count_if(cuts, &CutReport::mismatch) + (whole.mismatch ? 1 : 0);
  }
};

absl::StatusOr<std::optional<size_t>> ParseCuts(const std::string& text) {
  if (text == "all") {
    return std::nullopt;
  }
  size_t count = 0;
  const bool digits = !text.empty() && text.size() <= 9 &&
                      std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (digits) {
    count = std::stoul(text);
  }
  if (count == 0) {
    return InvalidArgument("--cuts {}: it is 'all' or a number from 1", text);
  }
  return std::optional<size_t>(count);
}

absl::StatusOr<std::vector<Subject>> PrepareSubjects(const Options& options,
                                                     const std::shared_ptr<const Program>& program,
                                                     const ModelFiles& files, bool lossless) {
  SetEngineThreads(options.threads, /*spin=*/false);
  std::vector<Subject> subjects;
  for (const absl::string_view part : absl::StrSplit(options.engines, ',')) {
    const std::string name(part);
    ASSIGN_OR_RETURN(const std::shared_ptr<Engine> engine, OpenEngine(name));
    Subject subject{.name = name};
    ASSIGN_OR_RETURN(subject.model, engine->Prepare(program, {.threads = options.threads}));
    const EngineDescription engine_facts = subject.model->Describe();
    const bool aten = engine_facts.engine == "aten";
    subject.tolerance = aten ? kAtenTolerance : kOtherTolerance;
    subject.reduced = engine_facts.precision != "float32";
    if (files.info && files.info->quantization) {
      subject.quantized = files.info->quantization->tolerance;
    }
    subject.bit_equal = aten && lossless;
    subjects.push_back(std::move(subject));
  }
  return subjects;
}

absl::Status RunChecks(CutChecker& checker, Outcome& outcome) {
  const absl::Time start = absl::Now();
  Progress progress(outcome.selection.cuts.size() + 1);
  progress.Show(0, "whole network");
  ASSIGN_OR_RETURN(outcome.whole, checker.CheckWhole());
  for (const Frontier& cut : outcome.selection.cuts) {
    progress.Show(outcome.cuts.size() + 1, cut.name);
    ASSIGN_OR_RETURN(CutReport report, checker.Check(cut));
    outcome.cuts.push_back(std::move(report));
  }
  outcome.sensitivity = checker.Sensitivity();
  outcome.elapsed = absl::Now() - start;
  return absl::OkStatus();
}

Table::Cell ErrorCell(double error) {
  return error == 0 ? Table::Cell("0", 0.0) : NumberCell("{:.1e}", error);
}

Table MakeTable(const std::vector<Subject>& subjects) {
  std::vector<Table::Column> columns = {
      {"cut", Align::kLeft, "cut"}, {"tensor"}, {"sent", Align::kRight, "bytes"}};
  for (const Subject& subject : subjects) {
    const std::string prefix = subjects.size() > 1 ? subject.name + " " : "";
    columns.push_back({prefix + "vs PyTorch", Align::kRight, prefix + "error_vs_pytorch"});
    columns.push_back({prefix + "vs whole", Align::kRight, prefix + "error_vs_whole"});
  }
  if (subjects.size() > 1) {
    columns.push_back({"between", Align::kRight, "error_between_engines"});
  }
  columns.push_back({"", Align::kLeft, "mismatch"});
  return Table(std::move(columns));
}

void AddRow(const Program& program, const CutReport& report, Table& table) {
  const int64_t batch = program.dynamic_batch ? 1 : program.static_batch;
  const bool whole = report.cut.is_edge();
  const Table::Cell nothing("", nullptr);
  std::vector<Table::Cell> row = {
      whole ? Table::Cell("(whole)", nullptr) : NameCell(report.cut.name, 48),
      whole ? "" : DescribeShapes(program, report.cut.values, batch),
      whole ? nothing : Table::Cell(HumanBytes(report.bytes), report.bytes)};
  for (const Comparison& comparison : report.subjects) {
    row.push_back(ErrorCell(comparison.vs_pytorch));
    row.push_back(whole                  ? nothing
                  : comparison.bit_equal ? Table::Cell("bit-equal", 0.0)
                                         : ErrorCell(comparison.vs_whole));
  }
  if (report.subjects.size() > 1) {
    row.push_back(ErrorCell(report.between));
  }
  row.emplace_back(report.mismatch ? "MISMATCH" : "", report.mismatch);
  table.AddRow(std::move(row));
}

void ShowOutcome(const Program& program, const Outcome& outcome, Answer& answer) {
  Table table = MakeTable(outcome.subjects);
  AddRow(program, outcome.whole, table);
  for (const CutReport& report : outcome.cuts) {
    AddRow(program, report, table);
  }
  answer.Show("comparisons", table);
  const CutSelection& selection = outcome.selection;
  answer.Say(fmt::format(
      "\n{} cuts checked: each head and each tail in one run. The network has {} cuts of one "
      "value and {}{} of 2 to 4 values.\n",
      outcome.cuts.size(), selection.single_exist, selection.multi_exact ? "" : "more than ",
      selection.multi_exist));
}

nlohmann::ordered_json ToJson(const Options& options, const ModelFiles& files,
                              const Outcome& outcome) {
  double vs_pytorch = 0;
  double vs_whole = 0;
  double between = outcome.whole.between;
  int64_t bit_equal = 0;
  int64_t same_top1 = 0;
  for (const Comparison& comparison : outcome.whole.subjects) {
    vs_pytorch = std::max(vs_pytorch, comparison.vs_pytorch);
  }
  for (const CutReport& report : outcome.cuts) {
    for (const Comparison& comparison : report.subjects) {
      vs_pytorch = std::max(vs_pytorch, comparison.vs_pytorch);
      vs_whole = std::max(vs_whole, comparison.vs_whole);
    }
    between = std::max(between, report.between);
    bit_equal += std::ranges::all_of(report.subjects, &Comparison::bit_equal) ? 1 : 0;
    same_top1 += std::ranges::all_of(report.subjects, &Comparison::same_top1) ? 1 : 0;
  }
  const bool ok = outcome.mismatches() == 0 && outcome.sensitive();
  nlohmann::ordered_json json = {{"check", ok ? "ok" : "failed"},
                                 {"model", files.name},
                                 {"version", files.version},
                                 {"engine", options.engines},
                                 {"codec", options.codec},
                                 {"cuts", outcome.cuts.size()},
                                 {"single_value_cuts", outcome.selection.single_exist},
                                 {"multi_value_cuts", outcome.selection.multi_exist},
                                 {"mismatches", outcome.mismatches()},
                                 {"bit_equal", bit_equal},
                                 {"same_top1", same_top1},
                                 {"max_error_vs_pytorch", vs_pytorch},
                                 {"max_error_vs_whole", vs_whole},
                                 {"sensitivity", outcome.sensitivity},
                                 {"seconds", absl::ToDoubleSeconds(outcome.elapsed)}};
  if (outcome.subjects.size() > 1) {
    json["max_error_between_engines"] = between;
  }
  return json;
}

absl::Status Verdict(const Options& options, const Outcome& outcome) {
  if (outcome.mismatches() > 0) {
    return FailedPrecondition("check {}: {} of {} comparisons do not match", options.model,
                              outcome.mismatches(), outcome.cuts.size() + 1);
  }
  if (!outcome.sensitive()) {
    return FailedPrecondition(
        "check {}: PyTorch's two outputs differ by {:.1e} only, less than {} times the tolerance, "
        "so equality proves nothing; calibrate BatchNorm or train the network, and export it again",
        options.model, outcome.sensitivity, kLeastSensitivity);
  }
  return absl::OkStatus();
}

absl::Status RunCheck(const Options& options) {
  ASSIGN_OR_RETURN(const std::optional<size_t> count, ParseCuts(options.cuts));
  ASSIGN_OR_RETURN(const CutCodec codec, OpenCutCodec(options.codec));
  ASSIGN_OR_RETURN(const ModelFiles files, FindModel(options.model));
  ASSIGN_OR_RETURN(const std::shared_ptr<const Program> program, LoadProgram(files.program));
  ASSIGN_OR_RETURN(const Reference reference, ReadReference(files, *program));
  ASSIGN_OR_RETURN(std::vector<Subject> subjects,
                   PrepareSubjects(options, program, files, codec.lossless));
  const FrontierTable frontiers(*program);

  CutChecker checker(frontiers, reference, subjects, codec);
  Outcome outcome{.subjects = subjects, .selection = SelectCuts(frontiers, count, options.seed)};
  RETURN_IF_ERROR(RunChecks(checker, outcome));
  Answer answer;
  ShowOutcome(*program, outcome, answer);
  answer.Summarize(ToJson(options, files, outcome));
  RETURN_IF_ERROR(answer.Print(options.json));
  return Verdict(options, outcome);
}

}  // namespace

Command AddCheck(CLI::App& tool) {
  auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(
      tool, {"check", kLookGroup, "Compare a network and its cuts with PyTorch's outputs",
             "  tideline check models/photos                  every cut; 1 where one is off\n"
             "  tideline check models/photos --cuts 10 --codec int8\n"
             "  tideline check models/photos --engine aten,openvino     two engines compared"});
  app->add_option("MODEL", options->model, kModelHelp)->required();
  app->add_option("--engine", options->engines, "One engine, or A,B to compare two")
      ->type_name("ENGINE")
      ->capture_default_str();
  app->add_option("--cuts", options->cuts,
                  "'all' (at most 1,000 of several values), or how many, evenly spread")
      ->type_name("CUTS")
      ->capture_default_str();
  app->add_option("--codec", options->codec, "What cut tensors go through")
      ->type_name("CODEC")
      ->capture_default_str();
  AddEngineThreads(*app, options->threads);
  app->add_option("--seed", options->seed, "Of the choice of cuts")->capture_default_str();
  AddJsonFlag(*app, options->json);
  return {app, [options] { return RunCheck(*options); }};
}

}  // namespace tideline
