#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/engine/engine.h"
#include "common/model/repository.h"
#include "common/program/frontier.h"
#include "common/program/program.h"
#include "partitioner/calibrator/inverter.h"
#include "partitioner/calibrator/measure.h"
#include "partitioner/calibrator/samples.h"
#include "partitioner/calibrator/settings.h"
#include "partitioner/tool/example_inputs.h"
#include "protocol/codec/codec_spec.h"
#include "protocol/codec/parameters.h"

namespace tideline {

// What a person asked for; the texts are those of the command line.
struct CalibrateOptions {
  std::string model;
  std::string data;      // that everything is measured on
  std::string fit_data;  // that parameters are fitted on; "" = some of `data`, which then are not
                         // measured
  std::string labels;    // CSV of `data`; "" = none
  std::string cuts = "12";
  std::string codecs = kCutCodecs;
  std::string image_codecs = kImageCodecs;
  size_t fit = 64;
  size_t samples = 300;
  bool leakage = false;
  std::string engine = "aten";
  int threads = 0;
  bool json = false;
};

// What calibrating one cut found.
struct CutCalibration {
  Frontier cut;
  std::vector<SettingResult> results;
  std::optional<Leakage> leakage;
};

// A model and its inputs, opened. Thread-compatible.
class ModelCalibrator {
 public:
  // Blocks. SetEngineThreads has been called. Errors: those of FindModel, LoadProgram, OpenEngine,
  // ExampleInputs and ReadSampleLabels; InvalidArgument for cuts and codecs that do not exist.
  static absl::StatusOr<std::unique_ptr<ModelCalibrator>> Open(const CalibrateOptions& options);

  const ModelFiles& files() const { return files_; }
  const Program& program() const { return *program_; }
  const CalibrationSamples& samples() const { return samples_; }

  // Cuts to calibrate: "input" first where its images can be sent.
  const std::vector<Frontier>& cuts() const { return cuts_; }

  // Share of right answers of the network as it is; nullopt without labels. Blocks.
  absl::StatusOr<std::optional<Interval>> Accuracy() { return measurer_->Accuracy(); }

  // Fits and measures one cut. Blocks; calls `report` with the part that is done, from 0 to 1.
  absl::StatusOr<CutCalibration> Run(const Frontier& cut,
                                     const std::function<void(double)>& report);

  // Of all cuts that were run.
  const std::vector<ParameterSet>& sets() const { return sets_; }

 private:
  explicit ModelCalibrator(CalibrateOptions options) : options_(std::move(options)) {}
  absl::Status OpenModel();
  absl::Status OpenCodecs();
  absl::Status OpenCuts();
  absl::Status OpenSamples();
  absl::StatusOr<Tensor> Image(size_t index) const;
  absl::StatusOr<Leakage> MeasureLeakage(const Frontier& cut);
  absl::StatusOr<std::vector<Inverter::Example>> Examples(const Frontier& cut,
                                                          std::span<const size_t> chosen);

  const CalibrateOptions options_;
  ModelFiles files_;
  std::shared_ptr<const Program> program_;
  std::unique_ptr<FrontierTable> frontiers_;
  std::vector<CodecSpec> codecs_;
  std::vector<CodecSpec> image_codecs_;
  std::vector<Frontier> cuts_;
  std::unique_ptr<PreparedModel> model_;
  std::optional<ExampleInputs> inputs_;
  std::optional<ExampleInputs> fit_inputs_;  // their indices begin where those of inputs_ end
  CalibrationSamples samples_;
  std::unique_ptr<CutMeasurer> measurer_;
  std::vector<ParameterSet> sets_;
};

}  // namespace tideline
