#include "common/engine/openvino/support.h"

#include <ostream>
#include <string>

#include <openvino/core/version.hpp>

#include "common/engine/openvino/convert.h"

namespace tideline::openvino {

absl::StatusOr<std::set<NodeId>> FindUnsupported(const CompileContext& context,
                                                 const Program& program) {
  const bool remembers = context.cache && program.identity != Sha256Digest{};
  const std::string key =
      fmt::format("every operator converts {} {} {}", kCompileVersion, ToHex(program.identity),
                  ov::get_openvino_version().buildNumber);
  if (remembers && context.cache->Load(key)) {
    return std::set<NodeId>{};
  }
  const Segment whole{{"input", program.inputs}, {"edge", program.outputs}};
  ASSIGN_OR_RETURN(const SegmentPlan plan, PlanSegment(program, whole));
  const int64_t batch = program.dynamic_batch ? 1 : program.static_batch;
  std::set<NodeId> unsupported = Convert(program, ComputedPart(program, plan), batch).unsupported;
  if (remembers && unsupported.empty()) {
    context.cache->Store(key, [](std::ostream& out) { out << "yes"; }).IgnoreError();
  }
  return unsupported;
}

}  // namespace tideline::openvino
