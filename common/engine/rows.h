#pragma once

#include <cstdint>

#include "common/program/program.h"

// Which operators treat the inputs of a batch one by one. Pure functions.
namespace tideline {

// Whether the first dimension is the batch and no other depends on it.
bool HasRowPerInput(const Value& value);

// Whether all that `node` reads and makes, constants apart, has a row per input.
bool TouchesRows(const Program& program, const Node& node);

// Whether the row of an input depends on its own rows alone, however large the batch is. False also
// for operators of which that is not known.
bool IsRowByRow(const Program& program, const Node& node);

// Bytes of what `node` reads and makes for one input, constants apart.
double BytesPerInput(const Program& program, const Node& node);

// How many inputs fit into `limit` bytes where one takes `bytes`: a power of two from 1 to
// kLargestBatch.
int64_t InputsThatFit(double limit, double bytes);

}  // namespace tideline
