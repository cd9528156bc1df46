#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/engine/engines.h"
#include "partitioner/tool/answer.h"
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

std::string PercentText(const std::optional<Interval>& share) {
  return share ? fmt::format("{:.2f} %", 100 * share->value) : "";
}

Table::Cell Percent(const std::optional<Interval>& share) {
  return {PercentText(share),
          share ? nlohmann::ordered_json(share->value) : nlohmann::ordered_json()};
}

std::string PercentRange(const std::optional<Interval>& share) {
  return share ? fmt::format("{:.2f} to {:.2f} %", 100 * share->low, 100 * share->high) : "";
}

Table::Cell LeakageCell(const std::optional<Leakage>& leakage) {
  return leakage
             ? Table::Cell(fmt::format("{:.1f} dB, SSIM {:.2f}", leakage->psnr_db, leakage->ssim),
                           {{"psnr_db", leakage->psnr_db}, {"ssim", leakage->ssim}})
             : Table::Cell("", nullptr);
}

Table::Cell IntervalCell(const std::optional<Interval>& share) {
  return {PercentRange(share), share ? nlohmann::ordered_json::array({share->low, share->high})
                                     : nlohmann::ordered_json()};
}

Table MakeTable(const Outcome& outcome) {
  Table table({{"cut", Align::kLeft, "cut"},
               {"codec", Align::kLeft, "codec"},
               {"bytes", Align::kRight, "bytes_mean"},
               {"p95", Align::kRight, "bytes_p95"},
               {"bits/element", Align::kRight, "bits_per_element"},
               {"encode ms", Align::kRight, "encode_ms"},
               {"decode ms", Align::kRight, "decode_ms"},
               {"agreement", Align::kRight, "agreement"},
               {"accuracy lost", Align::kRight, "accuracy_drop"},
               {"95 % interval", Align::kRight, "interval95"},
               {"leakage", Align::kRight, "leakage"}});
  for (const CutCalibration& cut : outcome.cuts) {
    for (const SettingResult& result : cut.results) {
      const std::optional<Interval>& interval =
          result.accuracy_drop ? result.accuracy_drop : result.agreement;
      table.AddRow({NameCell(cut.cut.name, 36), ToString(result.codec),
                    NumberCell("{:.0f}", result.bytes_mean), NumberCell("{:.0f}", result.bytes_p95),
                    NumberCell("{:.3f}", 8 * result.bytes_mean / result.elements),
                    NumberCell("{:.2f}", result.encode_ms), NumberCell("{:.2f}", result.decode_ms),
                    Percent(result.agreement), Percent(result.accuracy_drop),
                    IntervalCell(interval), LeakageCell(cut.leakage)});
    }
  }
  return table;
}

std::string Closing(const ModelCalibrator& calibrator, const Outcome& outcome) {
  const CalibrationSamples& samples = calibrator.samples();
  std::string text =
      fmt::format("\n{}: fitted on {} inputs, measured on {} others.",
                  ModelTitle(calibrator.files()), samples.fit.size(), samples.measured.size());
  if (outcome.accuracy) {
    text += fmt::format(" Right without a cut: {} ({}).", PercentText(outcome.accuracy),
                        PercentRange(outcome.accuracy));
  }
  return text + "\n";
}

absl::Status RunCalibrate(const CalibrateOptions& options) {
  SetEngineThreads(options.threads, /*spin=*/false);
  ASSIGN_OR_RETURN(const std::unique_ptr<ModelCalibrator> calibrator,
                   ModelCalibrator::Open(options));
  ASSIGN_OR_RETURN(const Outcome outcome, RunCuts(*calibrator));
  const nlohmann::ordered_json json = CalibrationJson(*calibrator, outcome.cuts, outcome.accuracy);
  RETURN_IF_ERROR(WriteCalibration(calibrator->files(), calibrator->sets(), json));
  Answer answer;
  answer.Show("settings", MakeTable(outcome));
  answer.Say(Closing(*calibrator, outcome));
  answer.Summarize({{"calibrate", "ok"},
                    {"model", calibrator->files().name},
                    {"cuts", outcome.cuts.size()},
                    {"rows", json["records"].size()},
                    {"parameter_sets", calibrator->sets().size()},
                    {"fit", calibrator->samples().fit.size()},
                    {"samples", calibrator->samples().measured.size()}});
  return answer.Print(options.json);
}

}  // namespace

Command AddCalibrate(CLI::App& tool) {
  auto options = std::make_shared<CalibrateOptions>();
  CLI::App* app = AddCommand(
      tool, {"calibrate", kMeasureGroup, "Bytes, time and accuracy of each codec at each cut",
             "  tideline calibrate models/photos --data crops\n"
             "  tideline calibrate models/photos --data crops --labels crops/labels.csv\n"
             "  tideline calibrate models/photos --data crops --cuts features.3,features.7 \\\n"
             "    --codecs int4/dense,int8/fast"});
  app->add_option("MODEL", options->model, "A version folder or a model folder")->required();
  app->add_option("--data", options->data,
                  "What it will see: a folder or a glob of images, or an .npy array of inputs")
      ->type_name("INPUTS")
      ->required();
  app->add_option("--labels", options->labels,
                  "CSV of the right answers: file,label; without, agreement is measured alone")
      ->type_name("FILE");
  app->add_option("--fit", options->fit_data,
                  "Other inputs to fit the parameters on; some of --data, which then are not "
                  "measured")
      ->type_name("INPUTS");
  app->add_option("--fit-samples", options->fit, "How many of them")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app->add_option("--samples", options->samples, "How many inputs are measured, evenly spread")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app->add_option("--cuts", options->cuts,
                  "How many of those worth it, evenly spread; 'all'; or names with commas between")
      ->type_name("CUTS")
      ->capture_default_str();
  app->add_option("--codecs", options->codecs, "Settings for cut tensors")
      ->type_name("CODECS")
      ->capture_default_str();
  app->add_option("--image-codecs", options->image_codecs, "Settings for the cut 'input'")
      ->type_name("CODECS")
      ->capture_default_str();
  app->add_flag("--leakage", options->leakage,
                "Also how well an image can be guessed from the tensor of each cut");
  app->add_option("--engine", options->engine, "What runs it")
      ->type_name("ENGINE")
      ->capture_default_str();
  AddEngineThreads(*app, options->threads);
  AddJsonFlag(*app, options->json);
  return {app, [options] { return RunCalibrate(*options); }};
}

}  // namespace tideline
