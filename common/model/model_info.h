#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/tensor/tensor.h"

// What model.yaml says about a model: how its input is made, what its output means, and the size
// and hash of every file. Written by tideline-export and `tideline quantize`.
namespace tideline {

struct ImageSize {
  int64_t height = 0;
  int64_t width = 0;

  bool operator==(const ImageSize&) const = default;
};

enum class InputKind { kImage, kTensor };
enum class OutputKind { kClassification, kRaw };

struct InputInfo {
  InputKind kind = InputKind::kTensor;
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;  // without the batch; images: [C, H, W], C is 1 or 3

  // Images only, in this order: resize (one of the two, or neither), centre crop, normalise.
  std::optional<int64_t> resize_shorter_side;
  std::optional<ImageSize> resize_to;
  std::optional<int64_t> crop;
  std::vector<float> mean;  // one per channel, of values in [0, 1]
  std::vector<float> stddev;
};

struct OutputInfo {
  OutputKind kind = OutputKind::kRaw;
  bool softmax = false;  // the network's output is a softmax already
};

struct FileInfo {
  std::string sha256;  // 64 lower-case hexadecimal digits
  int64_t bytes = 0;
};

// Of a network that `tideline quantize` made.
struct QuantizationInfo {
  double tolerance = 0;  // of max|a-b| / max|b| against the reference's float32 outputs; (0, 1]
  std::string data;      // what it was calibrated on
  int64_t samples = 0;
};

struct ModelInfo {
  std::string name;
  int64_t version = 0;
  std::string source;   // "torchvision:mobilenet_v2"
  std::string weights;  // "none", "DEFAULT", "as-returned" or the SHA-256 of a file
  int64_t seed = 0;
  std::string torch;  // the release that exported it
  bool dynamic_batch = false;
  std::vector<InputInfo> inputs;
  OutputInfo output;
  std::string labels;                           // a file of one label per line, or ""
  std::string reference;                        // reference.npz, or ""
  std::map<std::string, std::string> accuracy;  // as it stands in the file; lists as "[a, b]"
  std::map<std::string, FileInfo> files;        // by plain name inside the version folder
  std::optional<QuantizationInfo> quantization;
};

inline constexpr size_t kMaxModelYamlBytes = 256 * 1024;

// Parses model.yaml; `path` names the file in errors. Pure.
// Keys that begin with "x-" are ignored, any other unknown key is an error.
// Errors: InvalidArgument with "path:line: ", Unimplemented for a format that is too new.
absl::StatusOr<ModelInfo> ParseModelInfo(std::string_view text, const std::string& path);

// model.yaml as text: ParseModelInfo gives `info` again. Pure.
std::string FormatModelInfo(const ModelInfo& info);

}  // namespace tideline
