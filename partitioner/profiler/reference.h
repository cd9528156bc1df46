#pragma once

#include <vector>

#include "common/base/status.h"
#include "common/model/repository.h"
#include "common/program/program.h"
#include "common/tensor/tensor.h"

namespace tideline {

// One seeded input of a network and what PyTorch answered to it.
struct ReferenceCase {
  std::vector<Tensor> inputs;   // one per input of the network
  std::vector<Tensor> outputs;  // one per result
};

struct Reference {
  ReferenceCase a;
  ReferenceCase b;
};

// Reads the model's reference.npz: arrays a_input0, a_input1, …, a_output0, …, and the same of b.
// Errors: NotFound where there is none; InvalidArgument where an array is absent.
absl::StatusOr<Reference> ReadReference(const ModelFiles& files, const Program& program);

// How far `tensors` are from `expected`: the largest max|a-b| / max|b| of all pairs; infinity where
// a dtype or shape differs, or where tensors that are not float32 differ in a bit.
double LargestError(const std::vector<Tensor>& tensors, const std::vector<Tensor>& expected);

// Whether all pairs have the same bits.
bool AllBitEqual(const std::vector<Tensor>& tensors, const std::vector<Tensor>& expected);

// Whether the largest element of every pair of float32 tensors is in the same place.
bool SameTop1(const std::vector<Tensor>& tensors, const std::vector<Tensor>& expected);

}  // namespace tideline
