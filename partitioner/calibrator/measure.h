#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/engine/engine.h"
#include "common/program/frontier.h"
#include "partitioner/calibrator/interval.h"
#include "partitioner/calibrator/samples.h"
#include "protocol/codec/codec_spec.h"
#include "protocol/codec/parameters.h"

// What a cut costs and does with each codec setting, measured on real inputs.
namespace tideline {

// One codec setting at one cut. Bytes and times are of all tensors of the cut together.
struct SettingResult {
  CodecSpec codec;
  double elements = 0;
  double bytes_mean = 0;
  double bytes_p95 = 0;
  std::optional<double> entropy_bits;  // order-0, of all symbols; mean; affine settings alone
  double encode_ms = 0;                // median
  double decode_ms = 0;                // median
  double mean_error = 0;  // max|a-b| / max|b| of the results, a: with the codec, b: without
  // Classification only: the share of inputs that keep their class, and the loss of right answers
  // where there are labels.
  std::optional<Interval> agreement;
  std::optional<Interval> accuracy_drop;
  bool operator==(const SettingResult&) const = default;
};

// Runs one network. Thread-compatible.
class CutMeasurer {
 public:
  using Report = std::function<void(size_t done)>;

  // Keeps references to all of it. `classification`: whether the results name a class.
  CutMeasurer(PreparedModel& model, const FrontierTable& frontiers,
              const CalibrationSamples& samples, bool classification)
      : model_(model), frontiers_(frontiers), samples_(samples), classification_(classification) {}

  // The tensors of `cut` for each of the inputs to fit on: [input][value]. Blocks.
  absl::StatusOr<std::vector<std::vector<Tensor>>> FitTensors(const Frontier& cut);

  // One result per setting. The parameters of affine settings come from `store`; those that it
  // lacks describe themselves. `report` is called after each input. Blocks.
  // Errors: those of the engine and the codec; Internal where two levels of one quantizer decode to
  // different tensors.
  absl::StatusOr<std::vector<SettingResult>> Measure(const Frontier& cut,
                                                     std::span<const CodecSpec> settings,
                                                     const ParameterStore& store,
                                                     const Report& report);

  // The same for images that are sent as they are, `raw` or `jpeg`.
  // Errors: FailedPrecondition where the samples are no images.
  absl::StatusOr<std::vector<SettingResult>> MeasureImages(std::span<const CodecSpec> settings,
                                                           const Report& report);

  // Share of right answers of the whole network on the measured inputs; nullopt without labels.
  absl::StatusOr<std::optional<Interval>> Accuracy();

 private:
  struct Tally;
  static std::vector<Tally> Tallies(std::span<const CodecSpec> settings);
  absl::Status RunWhole();  // fills expected_, once
  absl::Status MeasureInput(const Frontier& cut, size_t index, const ParameterStore& store,
                            std::span<Tally> tallies);
  absl::Status MeasureImage(size_t index, Tally& tally);
  absl::Status Score(size_t index, const std::vector<Tensor>& outputs, Tally& tally) const;
  std::vector<SettingResult> Summarize(std::span<Tally> tallies) const;

  PreparedModel& model_;
  const FrontierTable& frontiers_;
  const CalibrationSamples& samples_;
  const bool classification_;
  std::vector<std::vector<Tensor>> expected_;  // results of the whole, per measured input
};

}  // namespace tideline
