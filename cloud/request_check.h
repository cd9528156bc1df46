#pragma once

#include <cstdint>
#include <vector>

#include "common/base/status.h"
#include "common/model/served_model.h"
#include "protocol/codec/codec_spec.h"

namespace tideline {

// Whether a request's tensors are the values of the cut, or an image for the network's input; what
// an image really holds shows when it is decoded.
// Errors: ResourceExhausted where one has more than `max_tensor` bytes decoded, InvalidArgument for
// others than the cut has.
absl::Status CheckTensors(const ServedModel& model, const Frontier& cut,
                          const std::vector<EncodedTensor>& tensors, uint64_t max_tensor);

}  // namespace tideline
