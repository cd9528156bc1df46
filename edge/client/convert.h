#pragma once

#include <string>

#include "common/base/status.h"
#include "edge/result.h"
#include "edge/source/source.h"
#include "edge/status/status_board.h"
#include "tideline/types.h"

// Between the public types and the edge's own. Pure.
namespace tideline {

client::Status ToClient(const absl::Status& status);

// Shares the memory of the outputs where they have no gaps.
client::Or<client::Answer> ToClient(const Result& result);

// Shares the input's memory. What is wrong with it is the frame's error.
SourceFrame FrameOf(const client::Input& input, const client::Request& request, uint64_t number);

// What a board knows of it.
client::Statistics ToClient(const BoardState& state);

}  // namespace tideline
