#pragma once

#include <string>

#include <openvino/runtime/core.hpp>

#include "common/base/status.h"
#include "common/engine/engine.h"

// A device of OpenVINO and how models are compiled for it. Inside the module only.
namespace tideline::openvino {

struct Device {
  std::string name;          // as OpenVINO takes it: "CPU", "HETERO:GPU,CPU"
  std::string identity;      // hardware, abilities and release: what is compiled fits no other
  std::string capabilities;  // "FP32, INT8"
  std::string precision;     // "float32"
  Precision requested = Precision::kFloat32;
  int threads = 1;  // of the CPU
  bool can_export = false;
  ov::AnyMap properties;  // for compiling a model
};

// Blocks while plug-ins are opened; the CPU's alone where no other device is asked for. Throws what
// OpenVINO throws. Errors: NotFound with the devices that are present; Unimplemented for a
// precision that the device does not have.
absl::StatusOr<Device> OpenDevice(ov::Core& core, const EngineOptions& options);

}  // namespace tideline::openvino
