#pragma once

#include <vector>

#include "common/program/json.h"
#include "common/program/program.h"

// What tensor_meta.h reads, written: TensorMeta, SymInt and the enumerations of torch's export
// schema, version 8. The batch is called s0. Pure functions; private to common/program.
namespace tideline {

// {"dtype": …, "sizes": …, "strides": …} of a contiguous tensor.
Json TensorMetaJson(DType dtype, const std::vector<Dim>& dims);

// {"as_int": 5} or {"as_expr": {"expr_str": "…"}}.
Json SizeJson(const Dim& dim);

// Numbers of the schema's ScalarType, MemoryFormat and Layout.
Json DTypeJson(DType dtype);
Json MemoryFormatJson(MemoryFormat format);
Json LayoutJson();

}  // namespace tideline
