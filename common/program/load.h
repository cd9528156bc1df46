#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "common/base/status.h"
#include "common/program/program.h"

namespace tideline {

// Limits on what a model file may ask for.
struct ProgramLimits {
  size_t file_bytes = size_t{8} << 30;
  size_t json_bytes = size_t{64} << 20;
  int json_depth = 64;
  size_t json_values = 4'000'000;
  size_t nodes = 200'000;
  size_t values = 400'000;
  int dimensions = 16;
};

// Opens a .pt2 file and makes it ready to run: read (pt2.h), functionalized (functionalize.h),
// BatchNorm folded into the weights (fold.h), dead nodes removed. Blocks for the SHA-256 of the
// file. Errors name the part of the file that is wrong; where a line of Python mends it, the text
// has that line.
absl::StatusOr<std::shared_ptr<const Program>> LoadProgram(const std::string& path,
                                                           const ProgramLimits& limits = {});

// The same from the file's bytes, which `owner` keeps alive for as long as the program.
absl::StatusOr<std::shared_ptr<const Program>> LoadProgram(std::span<const std::byte> file,
                                                           const std::shared_ptr<const void>& owner,
                                                           const ProgramLimits& limits = {});

}  // namespace tideline
