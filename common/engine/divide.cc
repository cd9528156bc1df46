#include "common/engine/divide.h"

#include <utility>

namespace tideline {
namespace {

bool LeadsTo(const Program& program, const Frontier& from, const Frontier& to) {
  const auto nodes = NodesBetween(program, from, to);
  return nodes.ok() && !nodes->empty();
}

}  // namespace

std::vector<Segment> Divide(const Program& program, std::span<const Frontier> stops,
                            const Segment& segment) {
  std::vector<Segment> parts;
  Frontier start = segment.from;
  for (const Frontier& stop : stops) {
    if (LeadsTo(program, start, stop) && LeadsTo(program, stop, segment.to)) {
      parts.push_back({std::exchange(start, stop), stop});
    }
  }
  parts.push_back({start, segment.to});
  return parts;
}

}  // namespace tideline
