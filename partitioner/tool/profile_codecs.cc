#include "partitioner/tool/profile_codecs.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/base/file.h"
#include "partitioner/calibrator/settings.h"
#include "partitioner/planner/calibration_file.h"
#include "partitioner/profiler/codec_timer.h"

namespace tideline {
namespace {

constexpr absl::Duration kCodecTime = absl::Milliseconds(30);
// Of an input that is no image.
constexpr char kInputCodecs[] = "fp32,fp32/stored,fp16,fp16/stored,int8,int8/stored";
// What the planner considers at every cut that is not calibrated.
constexpr char kStoredCodecs[] = "fp32/stored,fp16/stored,int8/stored";

// What the model's calibration has, cut by cut; nothing where there is none.
absl::StatusOr<std::vector<CutCodecs>> WhatIsCalibrated(const BenchModel& model) {
  const std::string path = model.files().Path(kCalibrationFile);
  const absl::StatusOr<std::string> text = ReadFile(path, kMaxCalibrationBytes);
  if (absl::IsNotFound(text.status())) {
    return std::vector<CutCodecs>();
  }
  RETURN_IF_ERROR(text.status());
  ASSIGN_OR_RETURN(const CalibrationFile file, ParseCalibration(*text, path));
  RETURN_IF_ERROR(Annotate(CheckSameModel(file, model.Identity()), path));
  std::vector<CutCodecs> coded;
  for (const CodecRecord& record : file.calibration.records) {
    ASSIGN_OR_RETURN(const CodecSpec spec, ParseCodecSpec(record.codec));
    const auto is_same = [&](const CutCodecs& cut) { return cut.cut.name == record.cut; };
    auto cut = std::ranges::find_if(coded, is_same);
    if (cut == coded.end()) {
      ASSIGN_OR_RETURN(Frontier frontier, model.frontiers().Find(record.cut));
      cut = coded.insert(coded.end(), {std::move(frontier), {}});
    }
    cut->codecs.push_back(spec);
  }
  return coded;
}

// "input" with what is sent there, then the cuts.
absl::StatusOr<std::vector<CutCodecs>> WhatIsAskedFor(const ProfileOptions& options,
                                                      const BenchModel& model, bool image) {
  const std::string at_cuts = options.codecs.empty() ? kCutCodecs : options.codecs;
  const std::string of_images = options.image_codecs.empty() ? kImageCodecs : options.image_codecs;
  ASSIGN_OR_RETURN(const std::vector<CodecSpec> codecs, ParseCodecs(at_cuts, /*images=*/false));
  ASSIGN_OR_RETURN(std::vector<CodecSpec> input_codecs,
                   ParseCodecs(image ? of_images : kInputCodecs, image));
  ASSIGN_OR_RETURN(const std::vector<Frontier> cuts, CutsOf(options, model));
  std::vector<CutCodecs> coded;
  coded.push_back({model.frontiers().input(), std::move(input_codecs)});
  for (const Frontier& cut : cuts) {
    coded.push_back({cut, codecs});
  }
  return coded;
}

// Adds kStoredCodecs at every cut of one value.
absl::Status AddStored(const BenchModel& model, std::vector<CutCodecs>& coded) {
  ASSIGN_OR_RETURN(const std::vector<CodecSpec> stored,
                   ParseCodecs(kStoredCodecs, /*images=*/false));
  for (const Frontier& frontier : model.frontiers().single()) {
    const auto is_same = [&](const CutCodecs& cut) { return cut.cut == frontier; };
    auto cut = std::ranges::find_if(coded, is_same);
    if (cut == coded.end()) {
      cut = coded.insert(coded.end(), {frontier, {}});
    }
    std::ranges::copy_if(stored, std::back_inserter(cut->codecs), [&](const CodecSpec& spec) {
      return std::ranges::find(cut->codecs, spec) == cut->codecs.end();
    });
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CutCodecs>> WhatIsCoded(const ProfileOptions& options,
                                                   const BenchModel& model, bool image) {
  if (!options.codecs.empty() || !options.image_codecs.empty()) {
    return WhatIsAskedFor(options, model, image);
  }
  ASSIGN_OR_RETURN(std::vector<CutCodecs> coded, WhatIsCalibrated(model));
  if (coded.empty()) {
    ASSIGN_OR_RETURN(coded, WhatIsAskedFor(options, model, image));
  }
  RETURN_IF_ERROR(AddStored(model, coded));
  return coded;
}

bool TakesAnImage(const BenchModel& model) {
  const std::optional<ModelInfo>& info = model.files().info;
  return info && info->inputs.size() == 1 && info->inputs[0].kind == InputKind::kImage;
}

}  // namespace

absl::StatusOr<std::vector<CodecTime>> MeasureCodecs(const ProfileOptions& options,
                                                     BenchModel& model,
                                                     const ProfileReport& report) {
  const bool image = TakesAnImage(model);
  ASSIGN_OR_RETURN(const std::vector<CutCodecs> coded, WhatIsCoded(options, model, image));
  ASSIGN_OR_RETURN(const std::shared_ptr<const ParameterStore> store,
                   ParameterStore::Read(model.files().Path(kParameterFile)));
  std::vector<CodecTime> times;
  for (size_t i = 0; i < coded.size(); ++i) {
    report(static_cast<double>(i) / static_cast<double>(coded.size()),
           "codecs at " + coded[i].cut.name);
    std::vector<Tensor> tensors = model.reference().inputs;
    if (coded[i].cut.is_input() && image) {
      ASSIGN_OR_RETURN(tensors.front(), LikeAPhotograph(model.files().info->inputs[0]));
    } else if (!coded[i].cut.is_input()) {
      ASSIGN_OR_RETURN(tensors, model.TensorsAt(coded[i].cut));
    }
    ASSIGN_OR_RETURN(std::vector<CodecTime> measured,
                     TimeCodecs(coded[i], tensors, *store, kCodecTime));
    std::ranges::move(measured, std::back_inserter(times));
  }
  return times;
}

absl::StatusOr<InputTimes> MeasureInput(const BenchModel& model) {
  if (!TakesAnImage(model)) {
    return InputTimes();
  }
  const InputInfo& input = model.files().info->inputs[0];
  ASSIGN_OR_RETURN(const Tensor image, LikeAPhotograph(input));
  return TimeInput(input, image, kCodecTime);
}

}  // namespace tideline
