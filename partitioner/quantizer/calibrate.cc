#include "partitioner/quantizer/calibrate.h"

#include <algorithm>

#include "common/program/graph.h"
#include "partitioner/quantizer/layers.h"

namespace tideline {

absl::StatusOr<std::unique_ptr<Calibrator>> Calibrator::Create(const Program& program,
                                                               Engine& engine,
                                                               const EngineOptions& options) {
  std::vector<ValueId> values;
  for (const QuantizableLayer& layer : QuantizableLayers(program)) {
    if (std::ranges::find(values, layer.activation) == values.end()) {
      values.push_back(layer.activation);
    }
  }
  if (values.empty()) {
    return InvalidArgument(
        "the network has neither a convolution nor a linear layer with float32 weights, so there "
        "is "
        "nothing to quantize");
  }
  auto copy = std::make_shared<Program>(program);
  copy->outputs = values;
  RemoveDead(*copy);
  copy->identity = {};  // it is no model's file any more
  std::unique_ptr<Calibrator> calibrator(new Calibrator(std::move(values), std::move(copy)));
  ASSIGN_OR_RETURN(calibrator->model_, engine.Prepare(calibrator->program_, options));
  return calibrator;
}

absl::Status Calibrator::Add(std::span<const Tensor> inputs) {
  ASSIGN_OR_RETURN(const std::vector<Tensor> tensors,
                   model_->Run({frontiers_.input(), frontiers_.edge()}, inputs));
  for (size_t i = 0; i < tensors.size(); ++i) {
    ASSIGN_OR_RETURN(const Tensor elements, Contiguous(tensors[i]));
    histograms_[i].Add({elements.as<float>(), static_cast<size_t>(elements.numel())});
  }
  return absl::OkStatus();
}

absl::StatusOr<ActivationRanges> Calibrator::Ranges() const {
  ActivationRanges ranges;
  for (size_t i = 0; i < values_.size(); ++i) {
    const Histogram& histogram = histograms_[i];
    if (histogram.count() == 0) {
      return InvalidArgument("no input was run, so no range is known");
    }
    if (histogram.not_finite() > 0) {
      return InvalidArgument(
          "value '{}' has {} elements that are infinite or no number on the calibration data; the "
          "network or its data is broken",
          program_->values[program_->outputs[i]].name, histogram.not_finite());
    }
    ranges[values_[i]] = SearchActivationRange(histogram);
  }
  return ranges;
}

}  // namespace tideline
