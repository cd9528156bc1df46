#pragma once

#include <memory>
#include <vector>

#include "common/model/served_model.h"
#include "tests/common/engine/programs.h"

namespace tideline {

// Gives back what it is given.
class EchoModel final : public PreparedModel {
 public:
  absl::StatusOr<std::vector<Tensor>> Run(const Segment&, std::span<const Tensor> inputs,
                                          const RunOptions&) override {
    return std::vector<Tensor>(inputs.begin(), inputs.end());
  }
  EngineDescription Describe() const override { return {.engine = "echo"}; }
};

// Version 1 of a network called "net": [batch, 3] named "x", or an image of 3x2x2.
inline std::shared_ptr<ServedModel> MakeServedDiamond(InputKind kind = InputKind::kTensor) {
  const Diamond net;
  auto served = std::make_shared<ServedModel>();
  served->files.name = "net";
  served->files.version = 1;
  served->files.info.emplace();
  served->files.info->inputs = {
      {.kind = kind, .name = "x", .shape = kind == InputKind::kTensor ? Shape{3} : Shape{3, 2, 2}}};
  served->program = net.program;
  served->frontiers = std::make_shared<FrontierTable>(*net.program);
  served->prepared = std::make_shared<EchoModel>();
  return served;
}

}  // namespace tideline
