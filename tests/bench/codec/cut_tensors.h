#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/engine/engine.h"
#include "common/program/frontier.h"
#include "common/program/program.h"
#include "common/tensor/tensor.h"
#include "protocol/codec/parameters.h"

namespace tideline {

// What crosses the cuts of a calibrated model for a few inputs, computed when it is first asked
// for. Thread-compatible.
class CutTensors {
 public:
  // `data` as for ExampleInputs; `inputs` of them, evenly spread. Blocks. SetEngineThreads has been
  // called. Errors: those of FindModel, LoadProgram, OpenEngine, ExampleInputs, ParameterStore.
  static absl::StatusOr<CutTensors> Open(const std::string& model, const std::string& data,
                                         size_t inputs);

  // The tensors of a cut of one value, one per input; valid as long as this. Blocks.
  // Errors: as FrontierTable::Find; InvalidArgument for a cut of several values.
  absl::StatusOr<const std::vector<Tensor>*> At(const std::string& cut);

  const ParameterStore& store() const { return *store_; }

 private:
  std::shared_ptr<const Program> program_;
  std::unique_ptr<FrontierTable> frontiers_;
  std::unique_ptr<PreparedModel> model_;
  std::shared_ptr<const ParameterStore> store_;
  std::vector<Tensor> inputs_;
  std::map<std::string, std::vector<Tensor>> tensors_;
};

}  // namespace tideline
