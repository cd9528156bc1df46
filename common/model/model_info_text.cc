#include <string>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "common/model/model_info.h"

namespace tideline {
namespace {

constexpr int kFormat = 1;

// The shortest text that reads as the same number.
template <typename T>
std::vector<std::string> Texts(const std::vector<T>& numbers) {
  std::vector<std::string> texts;
  for (const T number : numbers) {
    texts.push_back(fmt::format("{}", number));
  }
  return texts;
}

void Put(YAML::Emitter& out, const char* key, const std::string& text) {
  if (!text.empty()) {
    out << YAML::Key << key << YAML::Value << text;
  }
}

void Put(YAML::Emitter& out, const char* key, int64_t number) {
  out << YAML::Key << key << YAML::Value << number;
}

template <typename T>
void PutList(YAML::Emitter& out, const char* key, const std::vector<T>& numbers) {
  out << YAML::Key << key << YAML::Value << YAML::Flow << Texts(numbers);
}

void PutInput(YAML::Emitter& out, const InputInfo& input) {
  out << YAML::BeginMap;
  Put(out, "kind", std::string(input.kind == InputKind::kImage ? "image" : "tensor"));
  Put(out, "name", input.name);
  Put(out, "dtype", std::string(Name(input.dtype)));
  PutList(out, "shape", input.shape);
  if (input.resize_shorter_side) {
    Put(out, "resize", *input.resize_shorter_side);
  }
  if (input.resize_to) {
    PutList(out, "resize", std::vector<int64_t>{input.resize_to->height, input.resize_to->width});
  }
  if (input.crop) {
    Put(out, "crop", *input.crop);
  }
  if (input.kind == InputKind::kImage) {
    PutList(out, "mean", input.mean);
    PutList(out, "std", input.stddev);
  }
  out << YAML::EndMap;
}

void PutInputs(YAML::Emitter& out, const std::vector<InputInfo>& inputs) {
  out << YAML::Key << "input" << YAML::Value;
  if (inputs.size() == 1) {
    PutInput(out, inputs.front());
    return;
  }
  out << YAML::BeginSeq;
  for (const InputInfo& input : inputs) {
    PutInput(out, input);
  }
  out << YAML::EndSeq;
}

void PutOutput(YAML::Emitter& out, const OutputInfo& output) {
  out << YAML::Key << "output" << YAML::Value << YAML::BeginMap;
  Put(out, "kind",
      std::string(output.kind == OutputKind::kClassification ? "classification" : "raw"));
  out << YAML::Key << "softmax" << YAML::Value << (output.softmax ? "true" : "false");
  out << YAML::EndMap;
}

void PutQuantization(YAML::Emitter& out, const QuantizationInfo& quantization) {
  out << YAML::Key << "quantization" << YAML::Value << YAML::BeginMap;
  Put(out, "tolerance", fmt::format("{}", quantization.tolerance));
  Put(out, "data", quantization.data);
  Put(out, "samples", quantization.samples);
  out << YAML::EndMap;
}

// Numbers and lists stand in it as they stood in a file: as text that reads the same.
void PutAccuracy(YAML::Emitter& out, const std::map<std::string, std::string>& accuracy) {
  out << YAML::Key << "accuracy" << YAML::Value << YAML::BeginMap;
  for (const auto& [key, text] : accuracy) {
    Put(out, key.c_str(), text);
  }
  out << YAML::EndMap;
}

void PutFiles(YAML::Emitter& out, const std::map<std::string, FileInfo>& files) {
  out << YAML::Key << "files" << YAML::Value << YAML::BeginMap;
  for (const auto& [name, file] : files) {
    out << YAML::Key << name << YAML::Value << YAML::Flow << YAML::BeginMap;
    Put(out, "sha256", file.sha256);
    Put(out, "bytes", file.bytes);
    out << YAML::EndMap;
  }
  out << YAML::EndMap;
}

}  // namespace

std::string FormatModelInfo(const ModelInfo& info) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  Put(out, "format", kFormat);
  Put(out, "name", info.name);
  Put(out, "version", info.version);
  Put(out, "source", info.source);
  Put(out, "weights", info.weights);
  Put(out, "seed", info.seed);
  Put(out, "torch", info.torch);
  Put(out, "batch", std::string(info.dynamic_batch ? "dynamic" : "static"));
  PutInputs(out, info.inputs);
  PutOutput(out, info.output);
  Put(out, "labels", info.labels);
  if (!info.accuracy.empty()) {
    PutAccuracy(out, info.accuracy);
  }
  if (info.quantization) {
    PutQuantization(out, *info.quantization);
  }
  Put(out, "reference", info.reference);
  PutFiles(out, info.files);
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

}  // namespace tideline
