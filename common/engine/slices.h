#pragma once

#include <cstdint>
#include <memory>

#include "common/engine/engine.h"

namespace tideline {

// When a batch is taken apart.
struct SliceLimits {
  double bytes = 0;    // what an operator may read and make for a slice, about a cache
  double weights = 0;  // bytes of weights above which a segment reads them once for the whole batch
};

// `model`, of `program`, which runs a batch that is too large for a cache as several batches, each
// a power of two, one after the other; for engines that are fastest with small ones and compile for
// each. Only segments in which every input of the batch is on its own, and whose values all have a
// row per input. Everything else is the model's own. Thread promises as the model's.
std::unique_ptr<PreparedModel> RunInSlices(std::unique_ptr<PreparedModel> model,
                                           std::shared_ptr<const Program> program,
                                           SliceLimits limits);

}  // namespace tideline
