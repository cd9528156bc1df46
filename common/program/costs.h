#pragma once

#include <cstdint>
#include <vector>

#include "common/program/frontier.h"
#include "common/program/program.h"

namespace tideline {

struct Cost {
  int64_t macs = 0;          // multiply-accumulates of convolutions, linear layers and matmuls
  int64_t weight_bytes = 0;  // constants read, each counted once per program by its first reader
  int64_t output_bytes = 0;  // tensors written

  Cost& operator+=(const Cost& other);
};

// What it takes in multiply-accumulates, with what is read and written at the rate at which memory
// gives it: a rough figure that compares parts of one network.
double Work(const Cost& cost);

// The cost of each node for a batch of 1 (of program.static_batch where the batch is static), in
// the order of program.nodes. Views write nothing. Figures that overflow stay at the largest int64.
std::vector<Cost> NodeCosts(const Program& program);

// Elements of all values of `frontier` for that same batch (inputs for "input", results for
// "edge").
int64_t FrontierElements(const Program& program, const Frontier& frontier);

}  // namespace tideline
