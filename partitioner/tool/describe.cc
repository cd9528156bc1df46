#include "partitioner/tool/describe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tideline {

std::string ModelTitle(const ModelFiles& files) {
  return files.version > 0 ? fmt::format("{} version {}", files.name, files.version) : files.name;
}

std::string DescribeValue(const Value& value, int64_t batch) {
  return fmt::format("{} {} {}", value.name, ToString(value.ShapeAt(batch)), Name(value.dtype));
}

std::string DescribeShapes(const Program& program, const std::vector<ValueId>& values,
                           int64_t batch) {
  std::vector<std::string> shapes;
  for (const ValueId id : values) {
    const Shape shape = program.values[id].ShapeAt(batch);
    shapes.push_back(shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x")));
  }
  return fmt::format("{}", fmt::join(shapes, " + "));
}

}  // namespace tideline
