#pragma once

#include <random>

#include "common/program/program.h"

namespace tideline {

// A program of `nodes` nodes called n0, n1, …, each a group of its own with one value of 1 to 5000
// elements. n0 alone reads the input; every other one reads one or two of the `width` before it,
// and the oldest values that nobody reads yet where they are `width` or more; the last one reads
// all of those and makes the result. So each set of nodes that is closed under "reads" is the head
// of a canonical cut.
Program RandomProgram(int nodes, int width, std::mt19937& random);

// Gives half of the values images of up to two million elements, which codecs divide into
// stretches.
void EnlargeValues(Program& program, std::mt19937& random);

}  // namespace tideline
