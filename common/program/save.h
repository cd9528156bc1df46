#pragma once

#include <string>

#include "common/base/status.h"
#include "common/program/program.h"

namespace tideline {

// Writes `program` as a .pt2 file that LoadProgram reads back: the same operators, constants,
// values and frontiers. Written beside `path` and renamed over it. Names of values that are no
// identifiers get underscores; constants with the same elements in memory are stored once; all of
// them count as parameters. Blocks; makes the file in memory first. Thread-safe. Errors:
// ResourceExhausted above 4 GiB, and those of WriteFileAtomically.
absl::Status SaveProgram(const Program& program, const std::string& path);

}  // namespace tideline
