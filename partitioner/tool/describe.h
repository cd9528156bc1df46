#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/model/repository.h"
#include "common/program/program.h"

namespace tideline {

// "mobilenet_v2 version 1", or the file's name without a version.
std::string ModelTitle(const ModelFiles& files);

// "input [1, 3, 224, 224] float32"
std::string DescribeValue(const Value& value, int64_t batch);

// "1x32x112x112", several joined by " + ".
std::string DescribeShapes(const Program& program, const std::vector<ValueId>& values,
                           int64_t batch);

}  // namespace tideline
