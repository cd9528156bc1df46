#pragma once

#include <span>
#include <vector>

#include "common/base/status.h"
#include "common/program/frontier.h"
#include "common/tensor/tensor.h"
#include "protocol/codec/codec_spec.h"
#include "protocol/codec/parameters.h"

namespace tideline {

// The parameters of a cut for every affine setting among `settings`, one set per tensor and number
// of levels: ranges, and the tables of `dense` where a setting has it. `samples` are tensors of the
// cut, [sample][value]. Blocks, for a second or so per set. Errors: InvalidArgument for tensors
// that cannot be quantized.
absl::StatusOr<std::vector<ParameterSet>> FitParameters(
    const Frontier& cut, std::span<const CodecSpec> settings,
    const std::vector<std::vector<Tensor>>& samples);

}  // namespace tideline
