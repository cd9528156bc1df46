#pragma once

#include <set>

#include "common/base/status.h"
#include "common/engine/openvino/compiled_segment.h"
#include "common/program/program.h"

namespace tideline::openvino {

// The nodes that OpenVINO's front end cannot convert, found by converting the whole network (10 to
// 50 ms); the disk cache remembers that there was none. Throws what OpenVINO throws.
absl::StatusOr<std::set<NodeId>> FindUnsupported(const CompileContext& context,
                                                 const Program& program);

}  // namespace tideline::openvino
