#pragma once

#include <string_view>

#include "common/base/status.h"
#include "common/tensor/tensor.h"

namespace tideline {

// The image, uint8 [H, W, 3], with a band below it that has the lines of `text`; letters are
// capital ones, those that the font lacks are '?', lines that are too long are cut. A small image
// is enlarged and a large one made smaller by a whole factor, so that it is about 320 to 1280 wide.
// Pure. Errors: InvalidArgument for another shape or type.
absl::StatusOr<Tensor> WithCaption(const Tensor& image, std::string_view text);

}  // namespace tideline
