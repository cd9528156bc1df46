#include "common/program/tensor_meta.h"

#include "common/base/checked.h"
#include "common/program/expression.h"

namespace tideline {
namespace {

absl::StatusOr<std::vector<Dim>> ReadSizes(const Json& json, const char* key,
                                           std::string_view batch_symbol,
                                           const ProgramLimits& limits) {
  ASSIGN_OR_RETURN(const Json* sizes, ArrayAt(json, key));
  if (sizes->size() > static_cast<size_t>(limits.dimensions)) {
    return DataLoss("'{}' has {} dimensions, at most {} are accepted", key, sizes->size(),
                    limits.dimensions);
  }
  std::vector<Dim> dims;
  for (const Json& size : *sizes) {
    ASSIGN_OR_RETURN(const Dim dim, ReadSize(size, batch_symbol));
    if (dim.per_batch < 0 || dim.At(1) < 0) {
      return DataLoss("'{}' has the negative size {}", key, dim.At(1));
    }
    dims.push_back(dim);
  }
  return dims;
}

std::vector<int64_t> Constants(const std::vector<Dim>& dims) {
  std::vector<int64_t> constants;
  constants.reserve(dims.size());
  for (const Dim& dim : dims) {
    constants.push_back(dim.constant);
  }
  return constants;
}

absl::Status CheckBytes(DType dtype, const std::vector<Dim>& sizes) {
  Shape shape;
  for (const Dim& dim : sizes) {
    shape.push_back(dim.At(1));
  }
  const auto numel = CheckedNumel(shape);
  const auto item = static_cast<int64_t>(ItemSize(dtype));
  if (!numel || !CheckedMul(*numel, item)) {
    return DataLoss("shape {} has more bytes than 64 bits can count", ToString(shape));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Dim> ReadSize(const Json& json, std::string_view batch_symbol) {
  ASSIGN_OR_RETURN(const auto tagged, ToUnion(json));
  if (tagged.first == "as_expr") {
    ASSIGN_OR_RETURN(const std::string expression, StringAt(*tagged.second, "expr_str"));
    return ParseSize(expression, batch_symbol);
  }
  if (tagged.first != "as_int") {
    return DataLoss("a size cannot be '{}'", tagged.first);
  }
  ASSIGN_OR_RETURN(const int64_t size, ToInt(*tagged.second, "as_int"));
  if (size < -kLargestSize || size > kLargestSize) {
    return DataLoss("size {} is out of range", size);
  }
  return Dim{size, 0};
}

absl::StatusOr<TensorMeta> ReadTensorMeta(const Json& json, std::string_view batch_symbol,
                                          const ProgramLimits& limits) {
  TensorMeta meta;
  const Json* dtype = Member(json, "dtype");
  ASSIGN_OR_RETURN(meta.dtype, ReadDType(dtype == nullptr ? Json() : *dtype));
  if (const Json* layout = Member(json, "layout")) {
    RETURN_IF_ERROR(ReadLayout(*layout).status());
  }
  ASSIGN_OR_RETURN(meta.sizes, ReadSizes(json, "sizes", batch_symbol, limits));
  RETURN_IF_ERROR(CheckBytes(meta.dtype, meta.sizes));
  return meta;
}

absl::StatusOr<StorageMeta> ReadStorageMeta(const Json& json, const ProgramLimits& limits) {
  ASSIGN_OR_RETURN(const TensorMeta meta, ReadTensorMeta(json, /*batch_symbol=*/"", limits));
  ASSIGN_OR_RETURN(const std::vector<Dim> strides,
                   ReadSizes(json, "strides", /*batch_symbol=*/"", limits));
  const Json* offset = Member(json, "storage_offset");
  ASSIGN_OR_RETURN(const Dim first, ReadSize(offset == nullptr ? Json() : *offset, ""));
  if (strides.size() != meta.sizes.size() || first.constant < 0) {
    return DataLoss("{} sizes, {} strides and offset {} do not go together", meta.sizes.size(),
                    strides.size(), first.constant);
  }
  return StorageMeta{.dtype = meta.dtype,
                     .shape = Constants(meta.sizes),
                     .strides = Constants(strides),
                     .offset = first.constant};
}

absl::StatusOr<DType> ReadDType(const Json& json) {
  ASSIGN_OR_RETURN(const int64_t number, ToInt(json, "dtype"));
  switch (number) {
    case 1:
      return DType::kUInt8;
    case 2:
      return DType::kInt8;
    case 3:
      return DType::kInt16;
    case 4:
      return DType::kInt32;
    case 5:
      return DType::kInt64;
    case 6:
      return DType::kFloat16;
    case 7:
      return DType::kFloat32;
    case 8:
      return DType::kFloat64;
    case 12:
      return DType::kBool;
    case 13:
      return DType::kBFloat16;
    default:
      return Unimplemented("element type {} of the export schema (complex, float8 or unsigned)",
                           number);
  }
}

absl::StatusOr<MemoryFormat> ReadMemoryFormat(const Json& json) {
  ASSIGN_OR_RETURN(const int64_t number, ToInt(json, "memory format"));
  switch (number) {
    case 1:
      return MemoryFormat::kContiguous;
    case 2:
      return MemoryFormat::kChannelsLast;
    case 3:
      return MemoryFormat::kChannelsLast3d;
    case 4:
      return MemoryFormat::kPreserve;
    default:
      return DataLoss("unknown memory format {}", number);
  }
}

absl::StatusOr<Layout> ReadLayout(const Json& json) {
  constexpr int64_t kStrided = 7;
  ASSIGN_OR_RETURN(const int64_t number, ToInt(json, "layout"));
  if (number != kStrided) {
    return Unimplemented("tensor layout {} (only dense tensors run)", number);
  }
  return Layout{};
}

}  // namespace tideline
