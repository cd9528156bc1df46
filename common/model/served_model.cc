#include "common/model/served_model.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include "common/base/clock.h"
#include "common/engine/engines.h"
#include "common/program/load.h"

namespace tideline {
namespace {

absl::StatusOr<std::vector<Tensor>> ZeroInputs(const Program& program) {
  std::vector<Tensor> inputs;
  for (const ValueId id : program.inputs) {
    const Value& value = program.values[id];
    ASSIGN_OR_RETURN(Tensor zeros,
                     Tensor::Allocate(value.dtype, value.ShapeAt(program.static_batch)));
    std::memset(zeros.mutable_data(), 0, zeros.nbytes());
    inputs.push_back(std::move(zeros));
  }
  return inputs;
}

int64_t ValueBytes(const Value& value) {
  int64_t bytes = static_cast<int64_t>(ItemSize(value.dtype));
  for (const int64_t dim : value.ShapeAt(1)) {
    bytes *= dim;
  }
  return bytes;
}

absl::StatusOr<std::shared_ptr<const ServedModel>> Load(const ModelFiles& files,
                                                        const std::string& engine_name,
                                                        const EngineOptions& options) {
  auto model = std::make_shared<ServedModel>();
  model->files = files;
  if (!files.info) {
    return FailedPrecondition("{} has no model.yaml; tideline-export writes one", files.directory);
  }
  RETURN_IF_ERROR(VerifyFiles(files));
  ASSIGN_OR_RETURN(model->labels, ReadLabels(files));
  ASSIGN_OR_RETURN(model->program, LoadProgram(files.program));
  model->frontiers = std::make_shared<const FrontierTable>(*model->program);
  ASSIGN_OR_RETURN(const std::shared_ptr<Engine> engine, OpenEngine(engine_name));
  ASSIGN_OR_RETURN(std::unique_ptr<PreparedModel> prepared,
                   engine->Prepare(model->program, options));
  model->prepared = std::move(prepared);
  ASSIGN_OR_RETURN(const std::vector<Tensor> zeros, ZeroInputs(*model->program));
  const Segment whole{model->frontiers->input(), model->frontiers->edge()};
  RETURN_IF_ERROR(model->prepared->Run(whole, zeros).status());
  const SystemClock clock;
  const MonotonicTime begin = clock.Now();
  RETURN_IF_ERROR(model->prepared->Run(whole, zeros).status());
  model->whole_time = clock.Now() - begin;
  return model;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ServedModel>> LoadServedModel(const ModelFiles& files,
                                                                   const std::string& engine,
                                                                   const EngineOptions& options) {
  absl::StatusOr<std::shared_ptr<const ServedModel>> model = Load(files, engine, options);
  if (!model.ok()) {
    return Annotate(model.status(), "model '" + files.name + "'");
  }
  return model;
}

int64_t EstimateMemory(const Program& program, const Segment& segment) {
  const absl::StatusOr<std::vector<NodeId>> nodes = NodesBetween(program, segment.from, segment.to);
  if (!nodes.ok()) {
    return 0;
  }
  std::map<ValueId, NodeId> last_use;
  std::set<ValueId> constants;
  for (const NodeId node : *nodes) {
    for (const ValueId value : Program::Reads(program.nodes[node])) {
      if (program.values[value].kind == ValueKind::kConstant) {
        constants.insert(value);
      } else {
        last_use[value] = node;
      }
    }
  }
  int64_t weights = 0;
  for (const ValueId constant : constants) {
    weights += ValueBytes(program.values[constant]);
  }
  std::map<ValueId, int64_t> alive;  // what the segment itself has written and still needs
  int64_t alive_bytes = 0;
  int64_t most = 0;
  for (const NodeId node : *nodes) {
    for (const ValueId output : program.nodes[node].outputs) {
      if (output != kNone) {
        alive_bytes += alive[output] = ValueBytes(program.values[output]);
      }
    }
    most = std::max(most, alive_bytes);
    for (const ValueId value : Program::Reads(program.nodes[node])) {
      const auto use = last_use.find(value);
      const auto found = alive.find(value);
      if (found != alive.end() && use->second == node) {
        alive_bytes -= found->second;
        alive.erase(found);
      }
    }
  }
  return weights + most;
}

}  // namespace tideline
