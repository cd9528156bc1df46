#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "common/base/status.h"
#include "common/program/arguments.h"
#include "common/program/json.h"
#include "common/program/load.h"
#include "common/program/program.h"
#include "common/program/signature.h"
#include "common/program/weights.h"

namespace tideline {

// Builds a Program from the graph in model.json: inputs first, then nodes, then results. Every name
// that is read must have been made before, so a cycle is an error. Thread-compatible; refers to the
// graph and the limits. Errors: DataLoss, InvalidArgument, Unimplemented, naming the part.
class GraphReader {
 public:
  GraphReader(const Json& graph, const ProgramLimits& limits);
  GraphReader(const GraphReader&) = delete;
  GraphReader& operator=(const GraphReader&) = delete;

  absl::Status ReadInputs(const Signature& signature, const Weights& weights,
                          const std::shared_ptr<const void>& owner);
  absl::Status ReadNodes();
  absl::Status ReadResults(const Signature& signature);
  Program Take() { return std::move(program_); }

 private:
  absl::StatusOr<ValueId> Find(const std::string& name) const;
  absl::StatusOr<Dim> Size(const std::string& name) const;
  absl::Status FindBatchSymbol(const Signature& signature);
  absl::StatusOr<const Json*> Meta(const std::string& name) const;
  absl::StatusOr<ValueId> AddValue(const std::string& name, ValueKind kind);
  absl::Status AddConstant(const Signature::Input& input, const Weights& weights,
                           const std::shared_ptr<const void>& owner);
  absl::Status AddNode(const Json& json);
  absl::Status AddOutputs(const Json& outputs, Node& node);
  absl::Status AddOutput(const std::string& name, Node& node);

  const Json& graph_;
  const ProgramLimits& limits_;
  ArgumentScope scope_;
  std::string batch_symbol_;
  std::unordered_map<std::string, ValueId> ids_;
  Program program_;
};

}  // namespace tideline
