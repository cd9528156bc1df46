#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "common/base/status.h"
#include "common/model/model_info.h"
#include "common/program/frontier.h"
#include "common/tensor/tensor.h"
#include "partitioner/planner/profile.h"
#include "protocol/codec/codec_spec.h"
#include "protocol/codec/parameters.h"

namespace tideline {

// A cut and the settings that are timed at it.
struct CutCodecs {
  Frontier cut;
  std::vector<CodecSpec> codecs;
};

// Times encoding and decoding of `tensors`, which cross `cut`; of `tensors[0]`, an image (uint8
// [H, W, C]), where the setting is for images. At least five turns and for `time` per setting.
// `store` as in CarryCut. Blocks. Errors: those of the codecs, with cut and setting.
absl::StatusOr<std::vector<CodecTime>> TimeCodecs(const CutCodecs& cut,
                                                  const std::vector<Tensor>& tensors,
                                                  const ParameterStore& store, absl::Duration time);

// Times reading a JPEG file of `image` (uint8 [H, W, C] of the input's size) and normalizing it,
// like the edge and, at "input", the cloud do. Blocks. Errors: InvalidArgument where it does not
// fit.
absl::StatusOr<InputTimes> TimeInput(const InputInfo& input, const Tensor& image,
                                     absl::Duration time);

// An image of the input's size whose detail fades with its fineness as in photographs, so that a
// JPEG of it takes as long as one of theirs. Always the same. Errors: InvalidArgument where the
// input is no image.
absl::StatusOr<Tensor> LikeAPhotograph(const InputInfo& input);

}  // namespace tideline
