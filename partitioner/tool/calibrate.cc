#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/engine/engines.h"
#include "partitioner/tool/calibrate_model.h"
#include "partitioner/tool/calibrated_folder.h"
#include "partitioner/tool/commands.h"
#include "partitioner/tool/describe.h"
#include "partitioner/tool/progress.h"
#include "partitioner/tool/table.h"

namespace tideline {
namespace {

struct Outcome {
  std::vector<CutCalibration> cuts;
  std::optional<Interval> accuracy;  // of the network as it is
};

absl::StatusOr<Outcome> RunCuts(ModelCalibrator& calibrator) {
  constexpr size_t kSteps = 100;  // of the bar, per cut
  Outcome outcome;
  Progress progress(kSteps * calibrator.cuts().size());
  progress.Show(0, "whole network");
  ASSIGN_OR_RETURN(outcome.accuracy, calibrator.Accuracy());
  for (const Frontier& cut : calibrator.cuts()) {
    const size_t begin = kSteps * outcome.cuts.size();
    const auto report = [&](double part) {
      progress.Show(begin + static_cast<size_t>(part * kSteps), cut.name);
    };
    ASSIGN_OR_RETURN(CutCalibration calibration, calibrator.Run(cut, report));
    outcome.cuts.push_back(std::move(calibration));
  }
  return outcome;
}

std::string Percent(const std::optional<Interval>& share) {
  return share ? fmt::format("{:.2f} %", 100 * share->value) : "";
}

std::string PercentRange(const std::optional<Interval>& share) {
  return share ? fmt::format("{:.2f} to {:.2f} %", 100 * share->low, 100 * share->high) : "";
}

void Print(const ModelCalibrator& calibrator, const Outcome& outcome) {
  Table table({{"cut"},
               {"codec"},
               {"bytes", Align::kRight},
               {"p95", Align::kRight},
               {"bits/element", Align::kRight},
               {"encode ms", Align::kRight},
               {"decode ms", Align::kRight},
               {"agreement", Align::kRight},
               {"accuracy lost", Align::kRight},
               {"95 % interval", Align::kRight},
               {"leakage", Align::kRight}});
  for (const CutCalibration& cut : outcome.cuts) {
    for (const SettingResult& result : cut.results) {
      const std::optional<Interval>& interval =
          result.accuracy_drop ? result.accuracy_drop : result.agreement;
      table.AddRow(
          {Shorten(cut.cut.name, 36), ToString(result.codec),
           fmt::format("{:.0f}", result.bytes_mean), fmt::format("{:.0f}", result.bytes_p95),
           fmt::format("{:.3f}", 8 * result.bytes_mean / result.elements),
           fmt::format("{:.2f}", result.encode_ms), fmt::format("{:.2f}", result.decode_ms),
           Percent(result.agreement), Percent(result.accuracy_drop), PercentRange(interval),
           cut.leakage
               ? fmt::format("{:.1f} dB, SSIM {:.2f}", cut.leakage->psnr_db, cut.leakage->ssim)
               : ""});
    }
  }
  const CalibrationSamples& samples = calibrator.samples();
  fmt::print("{}\n{}: fitted on {} inputs, measured on {} others.", table.ToString(),
             ModelTitle(calibrator.files()), samples.fit.size(), samples.measured.size());
  if (outcome.accuracy) {
    fmt::print(" Right without a cut: {} ({}).", Percent(outcome.accuracy),
               PercentRange(outcome.accuracy));
  }
  fmt::print("\n");
}

absl::Status RunCalibrate(const CalibrateOptions& options) {
  SetEngineThreads(options.threads, /*spin=*/false);
  ASSIGN_OR_RETURN(const std::unique_ptr<ModelCalibrator> calibrator,
                   ModelCalibrator::Open(options));
  ASSIGN_OR_RETURN(const Outcome outcome, RunCuts(*calibrator));
  const nlohmann::ordered_json json = CalibrationJson(*calibrator, outcome.cuts, outcome.accuracy);
  RETURN_IF_ERROR(WriteCalibration(calibrator->files(), calibrator->sets(), json));
  Print(*calibrator, outcome);
  fmt::print("{}\n", nlohmann::ordered_json{{"calibrate", "ok"},
                                            {"model", calibrator->files().name},
                                            {"cuts", outcome.cuts.size()},
                                            {"rows", json["records"].size()},
                                            {"parameter_sets", calibrator->sets().size()},
                                            {"fit", calibrator->samples().fit.size()},
                                            {"samples", calibrator->samples().measured.size()}}
                         .dump());
  return absl::OkStatus();
}

}  // namespace

Command AddCalibrate(CLI::App& tool) {
  auto options = std::make_shared<CalibrateOptions>();
  CLI::App* app = tool.add_subcommand(
      "calibrate", "Measure what each codec costs at each cut, and store its parameters");
  app->add_option("MODEL", options->model, "A version folder or a model folder")->required();
  app->add_option("--data", options->data,
                  "What it will see: a folder or a glob of images, or an .npy array of inputs")
      ->required();
  app->add_option("--labels", options->labels,
                  "CSV of the right answers: file,label; without, agreement is measured alone");
  app->add_option("--fit", options->fit_data,
                  "Other inputs to fit the parameters on; some of --data, which then are not "
                  "measured");
  app->add_option("--fit-samples", options->fit, "How many of them")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app->add_option("--samples", options->samples, "How many inputs are measured, evenly spread")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app->add_option("--cuts", options->cuts,
                  "How many of those worth it, evenly spread; 'all'; or names with commas between")
      ->capture_default_str();
  app->add_option("--codecs", options->codecs, "Settings for cut tensors")->capture_default_str();
  app->add_option("--image-codecs", options->image_codecs, "Settings for the cut 'input'")
      ->capture_default_str();
  app->add_flag("--leakage", options->leakage,
                "Also how well an image can be guessed from the tensor of each cut");
  app->add_option("--engine", options->engine, "What runs it")->capture_default_str();
  app->add_option("--threads", options->threads, "Inside one run; 0 = all that the process may use")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  return {app, [options] { return RunCalibrate(*options); }};
}

}  // namespace tideline
