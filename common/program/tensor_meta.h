#pragma once

#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/program/json.h"
#include "common/program/program.h"

// TensorMeta, SymInt and the enumerations of torch's export schema, version 8. Pure functions.
namespace tideline {

struct TensorMeta {
  DType dtype = DType::kFloat32;
  std::vector<Dim> sizes;
};

// Errors: DataLoss; Unimplemented for an element type or a layout that Tideline has not.
absl::StatusOr<TensorMeta> ReadTensorMeta(const Json& json, std::string_view batch_symbol,
                                          const ProgramLimits& limits);

// A tensor whose sizes, strides and offset are plain numbers, as the payload configuration has it.
struct StorageMeta {
  DType dtype = DType::kFloat32;
  Shape shape;
  Strides strides;     // in elements
  int64_t offset = 0;  // in elements
};
absl::StatusOr<StorageMeta> ReadStorageMeta(const Json& json, const ProgramLimits& limits);

// {"as_int": 5} or {"as_expr": {"expr_str": "…"}}.
absl::StatusOr<Dim> ReadSize(const Json& json, std::string_view batch_symbol);

// Numbers of the schema's ScalarType, MemoryFormat and Layout.
absl::StatusOr<DType> ReadDType(const Json& json);
absl::StatusOr<MemoryFormat> ReadMemoryFormat(const Json& json);
absl::StatusOr<Layout> ReadLayout(const Json& json);

}  // namespace tideline
