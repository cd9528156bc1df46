#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tideline {

// Points of which smaller is better in every dimension.
struct ParetoPoints {
  size_t dimensions = 0;
  std::vector<double> values;   // point after point, `dimensions` each; finite
  std::vector<uint64_t> needs;  // by point: what it needs beside; fewer bits are better
};

// The indices, ascending, of the points that no other one dominates: A dominates B where it is at
// most B in every dimension and needs nothing that B does not need. Of equal points the first
// stays. So for every function that does not fall in any dimension, and every set of needs that
// can be met, the smallest value over all points is also the smallest over the result. Pure.
std::vector<int> ParetoFront(const ParetoPoints& points);

}  // namespace tideline
