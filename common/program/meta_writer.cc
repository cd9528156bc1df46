#include "common/program/meta_writer.h"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tideline {
namespace {

constexpr std::string_view kBatchSymbol = "Symbol('s0', positive=True, integer=True)";
constexpr int kStrided = 7;

std::string Expression(const Dim& dim) {
  if (dim.per_batch == 0) {
    return fmt::format("Integer({})", dim.constant);
  }
  const std::string product =
      dim.per_batch == 1 ? std::string(kBatchSymbol)
                         : fmt::format("Mul(Integer({}), {})", dim.per_batch, kBatchSymbol);
  return dim.constant == 0 ? product : fmt::format("Add(Integer({}), {})", dim.constant, product);
}

Json ExpressionJson(std::string expression) {
  return {{"as_expr", {{"expr_str", std::move(expression)}, {"hint", nullptr}}}};
}

// How far apart neighbours are in a dimension before the dimensions `inner`.
Json StrideJson(std::span<const Dim> inner) {
  int64_t constant = 1;
  std::vector<std::string> factors;
  for (const Dim& dim : inner) {
    if (dim.per_batch == 0) {
      constant *= std::max<int64_t>(dim.constant, 1);
    } else {
      factors.push_back(Expression(dim));
    }
  }
  if (factors.empty()) {
    return {{"as_int", constant}};
  }
  if (constant != 1 || factors.size() > 1) {
    factors.push_back(fmt::format("Integer({})", constant));
    return ExpressionJson(fmt::format("Mul({})", fmt::join(factors, ", ")));
  }
  return ExpressionJson(factors[0]);
}

}  // namespace

Json DTypeJson(DType dtype) {
  switch (dtype) {
    case DType::kUInt8:
      return 1;
    case DType::kInt8:
      return 2;
    case DType::kInt16:
      return 3;
    case DType::kInt32:
      return 4;
    case DType::kInt64:
      return 5;
    case DType::kFloat16:
      return 6;
    case DType::kFloat32:
      return 7;
    case DType::kFloat64:
      return 8;
    case DType::kBool:
      return 12;
    case DType::kBFloat16:
      return 13;
  }
  return 0;
}

Json MemoryFormatJson(MemoryFormat format) {
  switch (format) {
    case MemoryFormat::kContiguous:
      return 1;
    case MemoryFormat::kChannelsLast:
      return 2;
    case MemoryFormat::kChannelsLast3d:
      return 3;
    case MemoryFormat::kPreserve:
      return 4;
  }
  return 0;
}

Json LayoutJson() { return kStrided; }

Json SizeJson(const Dim& dim) {
  return dim.per_batch == 0 ? Json{{"as_int", dim.constant}} : ExpressionJson(Expression(dim));
}

Json TensorMetaJson(DType dtype, const std::vector<Dim>& dims) {
  Json sizes = Json::array();
  Json strides = Json::array();
  for (size_t i = 0; i < dims.size(); ++i) {
    sizes.push_back(SizeJson(dims[i]));
    strides.push_back(StrideJson(std::span(dims).subspan(i + 1)));
  }
  return {{"dtype", DTypeJson(dtype)},     {"sizes", std::move(sizes)},
          {"strides", std::move(strides)}, {"storage_offset", {{"as_int", 0}}},
          {"requires_grad", false},        {"device", {{"type", "cpu"}, {"index", nullptr}}},
          {"layout", LayoutJson()}};
}

}  // namespace tideline
