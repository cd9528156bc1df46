#include "common/model/model_info.h"

#include <algorithm>
#include <array>
#include <span>

#include "absl/strings/numbers.h"

#include "common/base/checked.h"
#include "common/base/strings.h"
#include "common/model/yaml_section.h"

namespace tideline {
namespace {

constexpr int64_t kFormat = 1;
constexpr int64_t kMaxSide = 16384;
constexpr int64_t kMaxInputElements = int64_t{1} << 28;
constexpr size_t kMaxDimensions = 8;
constexpr size_t kMaxInputs = 64;
constexpr size_t kMaxFiles = 1000;
constexpr int64_t kMaxInteger = int64_t{1} << 53;

bool IsPlainFileName(const std::string& name) {
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
}

bool IsSha256(const std::string& hex) {
  return hex.size() == 64 && hex.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void CheckImageGeometry(const YamlSection& section, const InputInfo& input) {
  const ImageSize wanted{input.shape[1], input.shape[2]};
  if (input.crop && wanted != ImageSize{*input.crop, *input.crop}) {
    section.Fail("crop", "a crop to {0}x{0} does not give the shape's {1}x{2}", *input.crop,
                 wanted.height, wanted.width);
  } else if (input.resize_shorter_side && !input.crop) {
    section.Fail("resize",
                 "a resize of the shorter side alone gives no fixed size; add 'crop' or "
                 "write resize: [{}, {}]",
                 wanted.height, wanted.width);
  } else if (input.resize_shorter_side && *input.resize_shorter_side < *input.crop) {
    section.Fail("crop", "a crop of {} does not fit into a shorter side of {}", *input.crop,
                 *input.resize_shorter_side);
  } else if (input.resize_to && input.crop &&
             std::min(input.resize_to->height, input.resize_to->width) < *input.crop) {
    section.Fail("crop", "a crop of {} does not fit into {}x{}", *input.crop,
                 input.resize_to->height, input.resize_to->width);
  } else if (input.resize_to && !input.crop && *input.resize_to != wanted) {
    section.Fail("resize", "resizes to {}x{}, the shape is {}x{}", input.resize_to->height,
                 input.resize_to->width, wanted.height, wanted.width);
  }
}

void ReadImage(const YamlSection& section, InputInfo& input) {
  if (input.shape.size() != 3 || (input.shape[0] != 1 && input.shape[0] != 3)) {
    section.Fail("shape", "an image has the shape [C, H, W] with 1 or 3 channels, not {}",
                 ToString(input.shape));
    return;
  }
  if (input.dtype != DType::kFloat32) {
    section.Fail("dtype", "an image becomes float32, not {}", Name(input.dtype));
  }
  if (section.IsList("resize")) {
    const std::vector<int64_t> size = section.Integers("resize", 1, kMaxSide);
    if (size.size() == 2) {
      input.resize_to = ImageSize{size[0], size[1]};
    } else {
      section.Fail("resize", "has {} numbers, expected [height, width]", size.size());
    }
  } else if (section.Has("resize")) {
    input.resize_shorter_side = section.Integer("resize", 1, kMaxSide);
  }
  if (section.Has("crop")) {
    input.crop = section.Integer("crop", 1, kMaxSide);
  }
  for (const char* key : {"mean", "std"}) {
    const std::vector<float> values = section.Floats(key);
    if (values.size() != static_cast<size_t>(input.shape[0])) {
      section.Fail(key, "has {} numbers, the image has {} channels", values.size(), input.shape[0]);
    }
    (key == std::string_view("mean") ? input.mean : input.stddev) = values;
  }
  if (std::ranges::any_of(input.stddev, [](float s) { return !(s > 0); })) {
    section.Fail("std", "must be above zero for every channel");
  }
  if (section.ok()) {
    CheckImageGeometry(section, input);
  }
}

DType ReadDType(const YamlSection& section) {
  std::vector<std::string> names;
  for (int i = 0; i < kDTypeCount; ++i) {
    names.emplace_back(Name(static_cast<DType>(i)));
  }
  return static_cast<DType>(section.Choice("dtype", names));
}

InputInfo ReadInput(const YamlSection& section) {
  section.AllowKeys({"kind", "name", "dtype", "shape", "resize", "crop", "mean", "std"});
  InputInfo input;
  input.kind = static_cast<InputKind>(section.Choice("kind", {"image", "tensor"}));
  input.name = section.Text("name");
  input.dtype = ReadDType(section);
  input.shape = section.Integers("shape", 1, kMaxInputElements);
  const std::optional<int64_t> elements = CheckedNumel(input.shape);
  if (input.shape.size() > kMaxDimensions || !elements || *elements > kMaxInputElements) {
    section.Fail("shape", "{} has more than {} dimensions or {} elements", ToString(input.shape),
                 kMaxDimensions, kMaxInputElements);
  }
  if (input.kind == InputKind::kImage) {
    ReadImage(section, input);
    return input;
  }
  for (const char* key : {"resize", "crop", "mean", "std"}) {
    if (section.Has(key)) {
      section.Fail(key, "is for images; this input is a tensor");
    }
  }
  return input;
}

void ReadInputs(const YamlSection& root, ModelInfo& info) {
  const std::vector<YamlSection> sections = root.Children("input");
  if (sections.empty() || sections.size() > kMaxInputs) {
    root.Fail("input", "has {} inputs, expected 1 to {}", sections.size(), kMaxInputs);
    return;
  }
  for (const YamlSection& section : sections) {
    info.inputs.push_back(ReadInput(section));
  }
}

void ReadFiles(const YamlSection& root, ModelInfo& info) {
  const YamlSection files = root.Child("files");
  const std::vector<std::string> names = files.Keys();
  if (names.size() > kMaxFiles) {
    root.Fail("files", "lists {} files, at most {} are accepted", names.size(), kMaxFiles);
    return;
  }
  for (const std::string& name : names) {
    const YamlSection entry = files.Child(name);
    entry.AllowKeys({"sha256", "bytes"});
    FileInfo& file = info.files[name];
    file.sha256 = entry.Text("sha256");
    file.bytes = entry.Integer("bytes", 0, kMaxInteger);
    if (!IsPlainFileName(name)) {
      files.Fail(name, "must be a plain file name inside the model's folder");
    }
    if (!IsSha256(file.sha256)) {
      entry.Fail("sha256", "'{}' is not 64 lower-case hexadecimal digits", file.sha256);
    }
  }
  for (const char* key : {"labels", "reference"}) {
    const std::string& name = key == std::string_view("labels") ? info.labels : info.reference;
    if (!name.empty() && !info.files.contains(name)) {
      root.Fail(key, "'{}' is not listed under 'files'{}", name, DidYouMean(name, names));
    }
  }
}

void ReadAccuracy(const YamlSection& root, ModelInfo& info) {
  if (!root.Has("accuracy")) {
    return;
  }
  const YamlSection section = root.Child("accuracy");
  for (const std::string& key : section.Keys()) {
    info.accuracy[key] = section.AsWritten(key);
  }
}

void ReadQuantization(const YamlSection& root, ModelInfo& info) {
  if (!root.Has("quantization")) {
    return;
  }
  const YamlSection section = root.Child("quantization");
  section.AllowKeys({"tolerance", "data", "samples"});
  info.quantization = {.tolerance = section.Number("tolerance", 0, 1),
                       .data = section.Text("data", ""),
                       .samples = section.Integer("samples", 1, kMaxInteger)};
  if (section.ok() && info.quantization->tolerance == 0) {
    section.Fail("tolerance", "must be above zero");
  }
}

ModelInfo ReadModel(const YamlSection& root) {
  root.AllowKeys({"format", "name", "version", "source", "weights", "seed", "torch", "batch",
                  "input", "output", "labels", "accuracy", "reference", "files", "quantization"});
  ModelInfo info;
  info.name = root.Text("name");
  info.version = root.Integer("version", 1, kMaxInteger);
  info.source = root.Text("source", "");
  info.weights = root.Text("weights", "");
  info.seed = root.Has("seed") ? root.Integer("seed", -kMaxInteger, kMaxInteger) : 0;
  info.torch = root.Text("torch", "");
  info.dynamic_batch = root.Choice("batch", {"static", "dynamic"}) == 1;
  info.labels = root.Text("labels", "");
  info.reference = root.Text("reference", "");
  ReadInputs(root, info);
  const YamlSection output = root.Child("output");
  output.AllowKeys({"kind", "softmax"});
  info.output.kind = static_cast<OutputKind>(output.Choice("kind", {"classification", "raw"}));
  info.output.softmax = output.Flag("softmax", false);
  ReadAccuracy(root, info);
  ReadFiles(root, info);
  ReadQuantization(root, info);
  return info;
}

}  // namespace

absl::StatusOr<ModelInfo> ParseModelInfo(std::string_view text, const std::string& path) {
  if (text.size() > kMaxModelYamlBytes) {
    return InvalidArgument("{}: has {} bytes, at most {} are read", path, text.size(),
                           kMaxModelYamlBytes);
  }
  YamlProblem problem(path);
  const YamlSection root = YamlSection::Parse(std::string(text), &problem);
  const int64_t format = root.Integer("format", 1, kMaxInteger);
  RETURN_IF_ERROR(problem.status());
  if (format > kFormat) {
    return Unimplemented(
        "{}: format {} is newer than {}, which this release reads; update Tideline", path, format,
        kFormat);
  }
  ModelInfo info = ReadModel(root);
  RETURN_IF_ERROR(problem.status());
  return info;
}

}  // namespace tideline
