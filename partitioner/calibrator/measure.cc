#include "partitioner/calibrator/measure.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "partitioner/calibrator/carry.h"
#include "partitioner/calibrator/entropy.h"
#include "protocol/codec/codec.h"

namespace tideline {
namespace {

double Quantile(std::vector<double>& values, double share) {
  if (values.empty()) {
    return 0;
  }
  const auto index = static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + index, values.end());
  return values[static_cast<size_t>(index)];
}

std::span<const float> Floats(const Tensor& tensor) {
  return {reinterpret_cast<const float*>(tensor.data()), static_cast<size_t>(tensor.numel())};
}

// max|a-b| / max|b| over the float32 results.
absl::StatusOr<double> RelativeError(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  double error = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    if (b[i].dtype() != DType::kFloat32) {
      continue;
    }
    ASSIGN_OR_RETURN(const Tensor left, Contiguous(a[i]));
    ASSIGN_OR_RETURN(const Tensor right, Contiguous(b[i]));
    double distance = 0;
    double largest = 0;
    for (size_t k = 0; k < Floats(right).size(); ++k) {
      distance = std::max<double>(distance, std::fabs(Floats(left)[k] - Floats(right)[k]));
      largest = std::max<double>(largest, std::fabs(Floats(right)[k]));
    }
    error = std::max(error, largest > 0 ? distance / largest : distance);
  }
  return error;
}

bool IsExact(const CodecSpec& codec) {
  return codec.quantizer == Quantizer::kFp32 || codec.quantizer == Quantizer::kRaw;
}

absl::StatusOr<bool> SameElements(const Tensor& a, const Tensor& b) {
  ASSIGN_OR_RETURN(const Tensor left, Contiguous(a));
  ASSIGN_OR_RETURN(const Tensor right, Contiguous(b));
  return left.nbytes() == right.nbytes() &&
         std::memcmp(left.data(), right.data(), left.nbytes()) == 0;
}

// Whether two settings decode to the same tensors: they differ in the lossless level alone.
bool SameElements(const CodecSpec& a, const CodecSpec& b) {
  return a.quantizer == b.quantizer && a.levels == b.levels;
}

}  // namespace

std::optional<int64_t> TopClass(const std::vector<Tensor>& outputs) {
  if (outputs.empty() || outputs[0].dtype() != DType::kFloat32) {
    return std::nullopt;
  }
  const absl::StatusOr<Tensor> scores = Contiguous(outputs[0]);
  if (!scores.ok() || scores->numel() == 0) {
    return std::nullopt;
  }
  return std::ranges::max_element(Floats(*scores)) - Floats(*scores).begin();
}

struct CutMeasurer::Tally {
  CodecSpec codec;
  Encoder encoder;
  double elements = 0;
  double entropy_bits = 0;  // summed over the inputs
  std::vector<double> bytes;
  std::vector<double> encode_ms;
  std::vector<double> decode_ms;
  double error = 0;
  int64_t same = 0;
  int64_t lost = 0;
  int64_t gained = 0;

  void Add(const std::vector<Tensor>& tensors, double sent, double encoding, double decoding) {
    elements = 0;
    for (const Tensor& tensor : tensors) {
      elements += static_cast<double>(tensor.numel());
    }
    bytes.push_back(sent);
    encode_ms.push_back(encoding);
    decode_ms.push_back(decoding);
  }
};

std::vector<CutMeasurer::Tally> CutMeasurer::Tallies(std::span<const CodecSpec> settings) {
  std::vector<Tally> tallies(settings.size());
  for (size_t i = 0; i < settings.size(); ++i) {
    tallies[i].codec = settings[i];
  }
  return tallies;
}

absl::Status CutMeasurer::RunWhole() {
  const Segment whole{frontiers_.input(), frontiers_.edge()};
  while (expected_.size() < samples_.measured.size()) {
    ASSIGN_OR_RETURN(const Tensor input, samples_.read(samples_.measured[expected_.size()]));
    ASSIGN_OR_RETURN(std::vector<Tensor> outputs, model_.Run(whole, {&input, 1}));
    expected_.push_back(std::move(outputs));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Interval>> CutMeasurer::Accuracy() {
  RETURN_IF_ERROR(RunWhole());
  if (samples_.labels.empty()) {
    return std::nullopt;
  }
  int64_t right = 0;
  for (size_t i = 0; i < expected_.size(); ++i) {
    right += TopClass(expected_[i]) == samples_.labels[i] ? 1 : 0;
  }
  return ShareInterval(right, static_cast<int64_t>(expected_.size()));
}

absl::StatusOr<std::vector<std::vector<Tensor>>> CutMeasurer::FitTensors(const Frontier& cut) {
  std::vector<std::vector<Tensor>> tensors;
  for (const size_t index : samples_.fit) {
    ASSIGN_OR_RETURN(const Tensor input, samples_.read(index));
    ASSIGN_OR_RETURN(std::vector<Tensor> crossing,
                     model_.Run({frontiers_.input(), cut}, {&input, 1}));
    tensors.push_back(std::move(crossing));
  }
  return tensors;
}

absl::Status CutMeasurer::MeasureInput(const Frontier& cut, size_t index,
                                       const ParameterStore& store, std::span<Tally> tallies) {
  ASSIGN_OR_RETURN(const Tensor input, samples_.read(samples_.measured[index]));
  ASSIGN_OR_RETURN(const std::vector<Tensor> crossing,
                   model_.Run({frontiers_.input(), cut}, {&input, 1}));
  std::vector<Tensor> decoded;  // of the setting before
  double entropy_bits = 0;
  std::vector<Tensor> outputs;
  for (size_t i = 0; i < tallies.size(); ++i) {
    Tally& tally = tallies[i];
    ASSIGN_OR_RETURN(CarriedCut carried,
                     CarryCut(tally.encoder, cut, tally.codec, store, crossing));
    if (i > 0 && SameElements(tally.codec, tallies[i - 1].codec)) {
      for (size_t k = 0; k < decoded.size(); ++k) {
        ASSIGN_OR_RETURN(const bool same, SameElements(carried.tensors[k], decoded[k]));
        if (!same) {
          return Internal("cut '{}': {} and {} decode to different tensors", cut.name,
                          ToString(tallies[i - 1].codec), ToString(tally.codec));
        }
      }
    } else {
      ASSIGN_OR_RETURN(entropy_bits, EntropyBits(crossing, cut, tally.codec, store));
      ASSIGN_OR_RETURN(outputs, model_.Run({cut, frontiers_.edge()}, carried.tensors));
    }
    decoded = std::move(carried.tensors);
    tally.Add(crossing, carried.bytes, carried.encode_ms, carried.decode_ms);
    tally.entropy_bits += entropy_bits;
    RETURN_IF_ERROR(Score(index, outputs, tally));
  }
  return absl::OkStatus();
}

absl::Status CutMeasurer::MeasureImage(size_t index, Tally& tally) {
  ASSIGN_OR_RETURN(const Tensor image, samples_.image(samples_.measured[index]));
  ASSIGN_OR_RETURN(const CarriedCut carried, CarryImage(tally.encoder, tally.codec, image));
  ASSIGN_OR_RETURN(const Tensor input, samples_.normalize(carried.tensors[0]));
  ASSIGN_OR_RETURN(const std::vector<Tensor> outputs,
                   model_.Run({frontiers_.input(), frontiers_.edge()}, {&input, 1}));
  tally.Add({image}, carried.bytes, carried.encode_ms, carried.decode_ms);
  return Score(index, outputs, tally);
}

absl::Status CutMeasurer::Score(size_t index, const std::vector<Tensor>& outputs,
                                Tally& tally) const {
  ASSIGN_OR_RETURN(const double error, RelativeError(outputs, expected_[index]));
  tally.error += error;
  const std::optional<int64_t> before = TopClass(expected_[index]);
  const std::optional<int64_t> after = TopClass(outputs);
  tally.same += before == after ? 1 : 0;
  if (!samples_.labels.empty()) {
    const int64_t label = samples_.labels[index];
    tally.lost += before == label && after != label ? 1 : 0;
    tally.gained += before != label && after == label ? 1 : 0;
  }
  return absl::OkStatus();
}

std::vector<SettingResult> CutMeasurer::Summarize(std::span<Tally> tallies) const {
  std::vector<SettingResult> results;
  for (Tally& tally : tallies) {
    const auto count = static_cast<int64_t>(tally.bytes.size());
    SettingResult result{.codec = tally.codec, .elements = tally.elements};
    for (const double bytes : tally.bytes) {
      result.bytes_mean += bytes / static_cast<double>(count);
    }
    result.bytes_p95 = Quantile(tally.bytes, 0.95);
    if (tally.codec.quantizer == Quantizer::kAffine) {
      result.entropy_bits = tally.entropy_bits / static_cast<double>(std::max<int64_t>(count, 1));
    }
    result.encode_ms = Quantile(tally.encode_ms, 0.5);
    result.decode_ms = Quantile(tally.decode_ms, 0.5);
    result.mean_error = tally.error / static_cast<double>(std::max<int64_t>(count, 1));
    const bool exact = IsExact(tally.codec);  // by what it is, whatever the number of inputs
    if (classification_) {
      result.agreement = exact ? Interval{1, 1, 1} : ShareInterval(tally.same, count);
      if (!samples_.labels.empty()) {
        result.accuracy_drop = exact ? Interval{} : DropInterval(tally.lost, tally.gained, count);
      }
    }
    results.push_back(result);
  }
  return results;
}

absl::StatusOr<std::vector<SettingResult>> CutMeasurer::Measure(const Frontier& cut,
                                                                std::span<const CodecSpec> settings,
                                                                const ParameterStore& store,
                                                                const Report& report) {
  RETURN_IF_ERROR(RunWhole());
  std::vector<Tally> tallies = Tallies(settings);
  for (size_t i = 0; i < samples_.measured.size(); ++i) {
    RETURN_IF_ERROR(Annotate(MeasureInput(cut, i, store, tallies), "cut '" + cut.name + "'"));
    report(i + 1);
  }
  return Summarize(tallies);
}

absl::StatusOr<std::vector<SettingResult>> CutMeasurer::MeasureImages(
    std::span<const CodecSpec> settings, const Report& report) {
  if (!samples_.image) {
    return FailedPrecondition("the network's input is no image, so none can be sent");
  }
  RETURN_IF_ERROR(RunWhole());
  std::vector<Tally> tallies = Tallies(settings);
  for (size_t i = 0; i < samples_.measured.size(); ++i) {
    for (Tally& tally : tallies) {
      RETURN_IF_ERROR(MeasureImage(i, tally));
    }
    report(i + 1);
  }
  return Summarize(tallies);
}

}  // namespace tideline
