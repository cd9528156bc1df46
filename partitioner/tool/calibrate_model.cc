#include "partitioner/tool/calibrate_model.h"

#include <algorithm>
#include <utility>

#include "common/engine/engines.h"
#include "common/model/preprocess.h"
#include "common/program/load.h"
#include "partitioner/calibrator/fit.h"
#include "partitioner/calibrator/settings.h"
#include "partitioner/tool/sample_labels.h"

namespace tideline {
absl::StatusOr<std::unique_ptr<ModelCalibrator>> ModelCalibrator::Open(
    const CalibrateOptions& options) {
  std::unique_ptr<ModelCalibrator> calibrator(new ModelCalibrator(options));
  RETURN_IF_ERROR(calibrator->OpenModel());
  RETURN_IF_ERROR(calibrator->OpenCodecs());
  RETURN_IF_ERROR(calibrator->OpenSamples());
  RETURN_IF_ERROR(calibrator->OpenCuts());
  calibrator->measurer_ = std::make_unique<CutMeasurer>(
      *calibrator->model_, *calibrator->frontiers_, calibrator->samples_,
      calibrator->files_.info->output.kind == OutputKind::kClassification);
  return calibrator;
}

absl::Status ModelCalibrator::OpenModel() {
  ASSIGN_OR_RETURN(files_, FindModel(options_.model));
  if (!files_.info) {
    return InvalidArgument(
        "{}: there is no {} beside it, which says how inputs are made; export the network with "
        "tideline-export",
        options_.model, kModelInfoFile);
  }
  ASSIGN_OR_RETURN(program_, LoadProgram(files_.program));
  if (files_.info->inputs.size() != 1 || program_->inputs.size() != 1) {
    return InvalidArgument("{}: has {} inputs; networks with one input can be calibrated",
                           options_.model, program_->inputs.size());
  }
  if (!program_->dynamic_batch && program_->static_batch != 1) {
    return InvalidArgument("{}: takes batches of {} alone; export it without --static",
                           options_.model, program_->static_batch);
  }
  frontiers_ = std::make_unique<FrontierTable>(*program_);
  ASSIGN_OR_RETURN(const std::shared_ptr<Engine> engine, OpenEngine(options_.engine));
  ASSIGN_OR_RETURN(model_, engine->Prepare(program_, {.threads = options_.threads}));
  return absl::OkStatus();
}

absl::Status ModelCalibrator::OpenCodecs() {
  ASSIGN_OR_RETURN(codecs_, ParseCodecs(options_.codecs, /*images=*/false));
  ASSIGN_OR_RETURN(image_codecs_, ParseCodecs(options_.image_codecs, /*images=*/true));
  return absl::OkStatus();
}

absl::Status ModelCalibrator::OpenCuts() {
  if (samples_.image && !image_codecs_.empty()) {
    cuts_.push_back(frontiers_->input());
  }
  ASSIGN_OR_RETURN(const std::vector<Frontier> selected,
                   SelectCuts(options_.cuts, *frontiers_, [this](size_t count) {
                     const std::vector<Frontier> all = WorthCutting(*program_, *frontiers_);
                     std::vector<Frontier> some;
                     for (const size_t index : EvenlySpread(all.size(), count)) {
                       some.push_back(all[index]);
                     }
                     return some;
                   }));
  cuts_.insert(cuts_.end(), selected.begin(), selected.end());
  return absl::OkStatus();
}

absl::Status ModelCalibrator::OpenSamples() {
  const InputInfo& input = files_.info->inputs[0];
  ASSIGN_OR_RETURN(inputs_, ExampleInputs::Open(options_.data, input));
  if (!options_.fit_data.empty()) {
    ASSIGN_OR_RETURN(fit_inputs_, ExampleInputs::Open(options_.fit_data, input));
  }
  const size_t size = inputs_->size();
  if (fit_inputs_) {
    for (const size_t index : EvenlySpread(fit_inputs_->size(), options_.fit)) {
      samples_.fit.push_back(size + index);
    }
  } else {
    samples_.fit = EvenlySpread(size, std::min(options_.fit, std::max<size_t>(size / 4, 1)));
  }
  std::vector<size_t> others;
  for (size_t i = 0; i < size; ++i) {
    if (!std::ranges::binary_search(samples_.fit, i)) {
      others.push_back(i);
    }
  }
  if (others.empty()) {
    return InvalidArgument("--data {}: {} inputs are too few to fit on some and measure on others",
                           options_.data, size);
  }
  std::vector<std::string> names;
  for (const size_t index : EvenlySpread(others.size(), options_.samples)) {
    samples_.measured.push_back(others[index]);
    names.push_back(inputs_->NameOf(others[index]));
  }
  if (!options_.labels.empty()) {
    ASSIGN_OR_RETURN(const std::vector<std::string> classes, ReadLabels(files_));
    ASSIGN_OR_RETURN(samples_.labels, ReadSampleLabels(options_.labels, names, classes));
  }
  samples_.read = [this](size_t index) {
    return index < inputs_->size() ? inputs_->Read(index)
                                   : fit_inputs_->Read(index - inputs_->size());
  };
  if (inputs_->are_images()) {
    samples_.image = [this](size_t index) { return Image(index); };
    samples_.normalize = [this](const Tensor& image) {
      return Normalize(image, files_.info->inputs[0]);
    };
  }
  return absl::OkStatus();
}

absl::StatusOr<Tensor> ModelCalibrator::Image(size_t index) const {
  return index < inputs_->size() ? inputs_->ReadImage(index)
                                 : fit_inputs_->ReadImage(index - inputs_->size());
}

absl::StatusOr<CutCalibration> ModelCalibrator::Run(const Frontier& cut,
                                                    const std::function<void(double)>& report) {
  CutCalibration calibration{.cut = cut};
  const auto count = static_cast<double>(samples_.measured.size());
  const CutMeasurer::Report measured = [&](size_t done) {
    report(static_cast<double>(done) / count);
  };
  report(0);
  if (cut.is_input()) {
    ASSIGN_OR_RETURN(calibration.results, measurer_->MeasureImages(image_codecs_, measured));
    return calibration;
  }
  std::vector<ParameterSet> sets;
  {
    ASSIGN_OR_RETURN(const std::vector<std::vector<Tensor>> tensors, measurer_->FitTensors(cut));
    ASSIGN_OR_RETURN(sets, FitParameters(cut, codecs_, tensors));
  }
  ASSIGN_OR_RETURN(const std::string bytes, WriteParameters(sets));
  ASSIGN_OR_RETURN(const std::shared_ptr<const ParameterStore> store,
                   ParameterStore::Parse(std::as_bytes(std::span(bytes))));
  ASSIGN_OR_RETURN(calibration.results, measurer_->Measure(cut, codecs_, *store, measured));
  sets_.insert(sets_.end(), sets.begin(), sets.end());
  if (options_.leakage && samples_.image && cut.values.size() == 1) {
    ASSIGN_OR_RETURN(calibration.leakage, MeasureLeakage(cut));
  }
  return calibration;
}

absl::StatusOr<std::vector<Inverter::Example>> ModelCalibrator::Examples(
    const Frontier& cut, std::span<const size_t> chosen) {
  std::vector<Inverter::Example> examples;
  for (const size_t index : chosen) {
    ASSIGN_OR_RETURN(const Tensor raw, Image(index));
    InputInfo pixels = files_.info->inputs[0];
    pixels.mean.assign(pixels.mean.size(), 0);
    pixels.stddev.assign(pixels.stddev.size(), 1);
    Inverter::Example example;
    ASSIGN_OR_RETURN(example.image, Normalize(raw, pixels));
    ASSIGN_OR_RETURN(const Tensor input, samples_.normalize(raw));
    ASSIGN_OR_RETURN(std::vector<Tensor> crossing,
                     model_->Run({frontiers_->input(), cut}, {&input, 1}));
    example.features = std::move(crossing[0]);
    examples.push_back(std::move(example));
  }
  return examples;
}

absl::StatusOr<Leakage> ModelCalibrator::MeasureLeakage(const Frontier& cut) {
  constexpr size_t kMostExamples = 64;
  std::vector<size_t> measured;
  for (const size_t index : EvenlySpread(samples_.measured.size(), kMostExamples)) {
    measured.push_back(samples_.measured[index]);
  }
  ASSIGN_OR_RETURN(const std::vector<Inverter::Example> seen, Examples(cut, samples_.fit));
  ASSIGN_OR_RETURN(const Inverter inverter, Inverter::Fit(seen));
  ASSIGN_OR_RETURN(const std::vector<Inverter::Example> unseen, Examples(cut, measured));
  return inverter.Measure(unseen);
}

}  // namespace tideline
