#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <openvino/core/node.hpp>
#include <openvino/frontend/decoder.hpp>

#include "common/program/program.h"

// The one place that knows OpenVINO's decoder interface for PyTorch, which changes between its
// releases.
namespace tideline::openvino {

// What one model of OpenVINO computes: the values that its nodes read and those that they make.
struct Computation {
  std::vector<ValueId> inputs;   // each once; read by one of the nodes
  std::vector<ValueId> outputs;  // each once; made by one of the nodes
  std::vector<NodeId> nodes;     // in order of execution
};

// What OpenVINO's front end reads a model from, for a fixed batch. Keeps references to both.
std::shared_ptr<ov::frontend::IDecoder> MakeDecoder(const Program& program,
                                                    const Computation& computation, int64_t batch);

// The node of the program that `made` was made for, where the decoder saw it.
std::optional<NodeId> OriginOf(const ov::Node& made);

}  // namespace tideline::openvino
