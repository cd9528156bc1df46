#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "protocol/codec/quantize.h"

namespace tideline {

// What quantizing does to the elements of a histogram.
struct Distortion {
  double squared_error = 0;  // summed over the elements
  double bits = 0;           // order-0 entropy of the symbols, summed over the elements
};

// How the elements of a tensor or channel are distributed: fine bins that know their elements'
// count, sum and sum of squares, so that a quantizer is judged without the elements.
// Thread-compatible.
class MomentHistogram {
 public:
  // For values from low to high, and zero; all finite.
  MomentHistogram(double low, double high);

  // Values outside the range count to the outermost bins.
  void Add(std::span<const float> values);

  double low() const { return low_; }
  double high() const { return high_; }
  uint64_t count() const { return count_; }
  double sum_of_squares() const;

  // The value below which `share` of the elements lie, 0 to 1.
  double Quantile(double share) const;

  // As if the elements of a bin all took the symbol of their mean.
  Distortion Judge(Affine affine, Rounding rounding) const;

 private:
  struct Bin {
    uint64_t count = 0;
    double sum = 0;
    double squares = 0;
  };

  double low_;
  double high_;
  double bins_per_unit_ = 0;
  uint64_t count_ = 0;
  std::vector<Bin> bins_;
};

}  // namespace tideline
