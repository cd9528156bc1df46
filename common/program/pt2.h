#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "common/base/status.h"
#include "common/program/load.h"
#include "common/program/program.h"

namespace tideline {

// The network in the bytes of a .pt2 file (torch.export.save, schema 8), as it stands there: maybe
// with operators that write into their arguments, and with BatchNorm. Constants view `file`, which
// `owner` keeps alive. Pickled parts are never touched. Symbolic sizes are resolved, nodes that
// compute or assert them are gone. `identity` is not set. Pure.
// Errors: DataLoss for a file that is broken, InvalidArgument or Unimplemented for one that is
// sound and cannot run; the text names the part.
absl::StatusOr<Program> ReadPt2(std::span<const std::byte> file,
                                const std::shared_ptr<const void>& owner,
                                const ProgramLimits& limits);

}  // namespace tideline
