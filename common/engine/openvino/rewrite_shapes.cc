#include <algorithm>

#include "common/engine/openvino/rewrites.h"

namespace tideline::openvino {
namespace {

Calls SplitInto(const NodeArguments& a, int64_t part, int64_t total) {
  std::vector<int64_t> sizes;
  for (int64_t start = 0; start < total; start += part) {
    sizes.push_back(std::min(part, total - start));
  }
  return {List("aten.split_with_sizes.default", {a.Get("self"), sizes, a.Int("dim", 0)})};
}

// How long `self` is where it is split; 0 where it is not split at all.
int64_t SplitLength(const NodeArguments& a) {
  const Shape shape = a.ShapeOf("self");
  const auto rank = static_cast<int64_t>(shape.size());
  const int64_t dim = a.Int("dim", 0) + (a.Int("dim", 0) < 0 ? rank : 0);
  return dim >= 0 && dim < rank ? shape[dim] : 0;
}

}  // namespace

Calls Chunk(const NodeArguments& a) {
  const int64_t length = SplitLength(a);
  const int64_t chunks = a.Int("chunks", 0);
  return length > 0 && chunks > 0 ? SplitInto(a, (length + chunks - 1) / chunks, length) : Calls{};
}

Calls Split(const NodeArguments& a) {
  const int64_t length = SplitLength(a);
  const int64_t part = a.Int("split_size", 0);
  return length > 0 && part > 0 ? SplitInto(a, part, length) : Calls{};
}

Calls SplitSizes(const NodeArguments& a) {
  return {List("aten.split_with_sizes.default",
               {a.Get("self"), a.Get(a.Has("split_sizes") ? "split_sizes" : "split_size"),
                a.Int("dim", 0)})};
}

// Every operator that leaves the elements in their order is one view: shapes are known.
Calls Reshape(const NodeArguments& a) { return {View(a.Get("self"), a.OutputShape())}; }

Calls Expand(const NodeArguments& a) {
  return {One("aten.expand.default", {a.Get("self"), a.OutputShape()})};
}

Calls Identity(const NodeArguments& a) {
  return {One("aten.alias.default", {a.Get(a.Has("self") ? "self" : "input")})};
}

}  // namespace tideline::openvino
