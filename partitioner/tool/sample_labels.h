#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/status.h"

namespace tideline {

inline constexpr size_t kMaxLabelFile = size_t{64} << 20;  // bytes

// The right class of each of `names`, from a CSV file of lines "name,label"; a first line
// "file,label" is a title. A label is a line of the model's labels (`classes`) or its number,
// counted from 0. Errors: NotFound for a name without a line, InvalidArgument "FILE:LINE: …" for a
// label that the model does not know.
absl::StatusOr<std::vector<int64_t>> ReadSampleLabels(const std::string& path,
                                                      const std::vector<std::string>& names,
                                                      const std::vector<std::string>& classes);

}  // namespace tideline
