#include "tests/bench/codec/cut_tensors.h"

#include <utility>

#include "common/engine/engines.h"
#include "common/model/repository.h"
#include "common/program/load.h"
#include "partitioner/tool/example_inputs.h"

namespace tideline {

absl::StatusOr<CutTensors> CutTensors::Open(const std::string& model, const std::string& data,
                                            size_t inputs) {
  CutTensors opened;
  ASSIGN_OR_RETURN(const ModelFiles files, FindModel(model));
  if (!files.info || files.info->inputs.size() != 1) {
    return InvalidArgument("{}: a version folder of a network with one input is needed", model);
  }
  ASSIGN_OR_RETURN(opened.program_, LoadProgram(files.program));
  opened.frontiers_ = std::make_unique<FrontierTable>(*opened.program_);
  ASSIGN_OR_RETURN(opened.store_, ParameterStore::Read(files.Path(kParameterFile)));
  ASSIGN_OR_RETURN(const std::shared_ptr<Engine> engine, OpenEngine(DefaultEngine()));
  ASSIGN_OR_RETURN(opened.model_, engine->Prepare(opened.program_, {.threads = 1}));
  ASSIGN_OR_RETURN(const ExampleInputs examples, ExampleInputs::Open(data, files.info->inputs[0]));
  for (const size_t index : EvenlySpread(examples.size(), inputs)) {
    ASSIGN_OR_RETURN(Tensor input, examples.Read(index));
    opened.inputs_.push_back(std::move(input));
  }
  return opened;
}

absl::StatusOr<const std::vector<Tensor>*> CutTensors::At(const std::string& cut) {
  const auto found = tensors_.find(cut);
  if (found != tensors_.end()) {
    return &found->second;
  }
  ASSIGN_OR_RETURN(const Frontier frontier, frontiers_->Find(cut));
  if (frontier.values.size() != 1) {
    return InvalidArgument("cut '{}' has {} values, those of one are measured", cut,
                           frontier.values.size());
  }
  std::vector<Tensor> tensors;
  for (const Tensor& input : inputs_) {
    ASSIGN_OR_RETURN(std::vector<Tensor> crossing,
                     model_->Run({frontiers_->input(), frontier}, {&input, 1}));
    tensors.push_back(std::move(crossing[0]));
  }
  return &tensors_.emplace(cut, std::move(tensors)).first->second;
}

}  // namespace tideline
