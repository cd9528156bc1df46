#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace tideline {

// How often the elements of a tensor had which value, over many runs. The bins begin at multiples
// of their width, which is a power of two and doubles whenever the range must grow, so that bins
// merge in pairs and no element is ever put into a wrong one. Zeros are counted apart: every
// quantizer here represents them exactly. Thread-compatible.
class Histogram {
 public:
  static constexpr int kBins = 2048;

  // NaNs and infinities are left out and counted.
  void Add(std::span<const float> elements);

  // Elements that were added, zeros included.
  int64_t count() const { return count_; }
  int64_t not_finite() const { return not_finite_; }
  // The smallest and the largest element; both 0 where there was none but zeros.
  float min() const { return min_; }
  float max() const { return max_; }

  struct Bin {
    double value = 0;  // its middle, inside [min, max]
    int64_t count = 0;
  };
  int size() const { return kBins; }
  Bin bin(int index) const;

 private:
  // Makes the bins wide enough for `low` to `high`.
  void Cover(float low, float high);
  void Double();

  std::array<int64_t, kBins> counts_{};
  int64_t first_ = 0;  // the first bin begins at first_ * width_
  double width_ = 0;   // 0 before the first element
  int64_t count_ = 0;
  int64_t not_finite_ = 0;
  float min_ = 0;
  float max_ = 0;
};

}  // namespace tideline
