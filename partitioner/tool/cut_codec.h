#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common/base/status.h"
#include "common/tensor/tensor.h"

namespace tideline {

// What a cut tensor becomes on its way to the other side.
struct Carried {
  Tensor tensor;
  int64_t bytes = 0;  // as sent
};

struct CutCodec {
  std::string name;
  bool lossless = true;
  std::function<absl::StatusOr<Carried>(const Tensor&)> carry;  // encodes and decodes
};

// Errors: InvalidArgument for a codec that does not exist or that takes images only.
absl::StatusOr<CutCodec> OpenCutCodec(const std::string& name);

}  // namespace tideline
