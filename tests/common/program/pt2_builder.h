#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/base/status.h"
#include "common/program/load.h"
#include "tests/common/base/zip_builder.h"

// Small .pt2 files made without Python, in the form of torch's export schema 8, for tests that need
// a file of a certain form, or one that lies.
namespace tideline {

using Json = nlohmann::json;

// Arguments of the schema: {"as_tensor": {"name": …}} and so on.
Json TensorArg(const std::string& name);
Json TensorsArg(const std::vector<std::string>& names);
Json IntArg(int64_t number);
Json IntsArg(const std::vector<int64_t>& numbers);
Json FloatArg(double number);
Json BoolArg(bool value);
Json NoneArg();
Json StringArg(const std::string& text);

class Pt2Builder {
 public:
  using Inputs = std::vector<std::pair<std::string, Json>>;  // argument name, argument

  // A size that is the batch, and one that is a multiple of it.
  static Json Batch();
  static Json TimesBatch(int64_t factor);

  Pt2Builder();

  // Sizes are numbers, or Batch(), or an expression's text.
  Pt2Builder& Input(const std::string& name, const Json& sizes);
  // A constant that counts up from `first` in steps of `step`.
  Pt2Builder& Parameter(const std::string& name, const std::vector<int64_t>& shape,
                        double first = 0, double step = 1);
  Pt2Builder& Buffer(const std::string& name, const std::vector<int64_t>& shape, double first = 0,
                     double step = 1);
  // A node with one output called as itself. `module` is its module's path.
  Pt2Builder& Node(const std::string& name, const std::string& target, const Inputs& inputs,
                   const Json& sizes, const std::string& module = "");
  // A node with several outputs; what `sizes` lacks has no metadata, as values that nobody reads.
  Pt2Builder& Node(const std::vector<std::string>& outputs, const std::string& target,
                   const Inputs& inputs, const Json& sizes, const std::string& module = "");
  Pt2Builder& Size(const std::string& name, const Json& expression);
  Pt2Builder& Result(const std::string& name);

  // For what the above has no words: the parts of the file as they stand.
  Json& model() { return model_; }
  Json& graph() { return model_["graph_module"]["graph"]; }
  Json& node(const std::string& name);
  Json& weights() { return weights_; }
  std::map<std::string, std::string>& entries() { return entries_; }

  std::string Build(const std::string& root = "net/") const;
  // Builds and loads.
  absl::StatusOr<std::shared_ptr<const Program>> Load(const ProgramLimits& limits = {}) const;

 private:
  Pt2Builder& Constant(const std::string& role, const std::string& name,
                       const std::vector<int64_t>& shape, double first, double step);
  void AddMeta(const std::string& name, const Json& sizes);

  Json model_;
  Json weights_;
  std::map<std::string, std::string> entries_;
};

absl::StatusOr<std::shared_ptr<const Program>> LoadBytes(const std::string& file,
                                                         const ProgramLimits& limits = {});

// conv (bias, 3 to 4 channels) -> batch norm -> relu -> flatten -> linear, batch dynamic:
// [B, 3, 8, 8] -> [B, 5], with a sym_size node for the flattening, modules "conv", "norm", "act",
// "head".
Pt2Builder SmallNetwork();

}  // namespace tideline
