#pragma once

#include <cstdint>
#include <memory>

#include <openvino/core/model.hpp>

#include "common/base/file.h"
#include "common/base/status.h"
#include "common/engine/openvino/device.h"

// Compiling in a process of its own, which a limit can stop. Inside the module only.
namespace tideline::openvino {

// The program that compiles; it lies beside the module.
inline constexpr char kCompilerProgram[] = "compile_openvino";

// What that program takes by itself, so that a network of a few operators needs little more.
inline constexpr uint64_t kCompilerBytes = uint64_t{96} << 20;

// How a compiler is called: its arguments are the device, the number of its Precision, threads and
// the limit of its memory in bytes; its descriptors are these.
enum CompilerDescriptor : int {
  kModelText = 3,     // in: OpenVINO's IR
  kModelWeights = 4,  // in
  kCompiled = 5,      // out: what was exported
  kError = 6,         // out: one line
};
inline constexpr int kExitMemory = 3;  // status where memory did not suffice

// Compiles `model` and returns what OpenVINO exports of it. The process may take `limit` bytes
// beside kCompilerBytes and has the priority of the calling thread. Blocks. Thread-safe. Throws
// what OpenVINO throws. Errors: ResourceExhausted where `limit` does not suffice; NotFound without
// the program; Internal where OpenVINO refuses the model.
absl::StatusOr<std::shared_ptr<const MappedFile>> CompileContained(
    const std::shared_ptr<ov::Model>& model, const Device& device, uint64_t limit);

}  // namespace tideline::openvino
