#pragma once

#include <vector>

namespace tideline {

// From figures to places along one side of a chart. Thread-safe.
class Axis {
 public:
  enum class Kind { kLinear, kLog };

  // Figures from `low` to `high` fall on places from `begin` to `end`, which may run backwards;
  // others are put on the nearer end. `low` < `high`; for kLog both are above 0.
  Axis(Kind kind, double low, double high, double begin, double end)
      : kind_(kind), low_(low), high_(high), begin_(begin), end_(end) {}

  double At(double figure) const;
  bool Holds(double figure) const { return figure >= low_ && figure <= high_; }

  // Round figures between the ends, ascending: about five; for kLog the decades, with 2 and 5
  // where they are few.
  std::vector<double> Ticks() const;

  double low() const { return low_; }
  double high() const { return high_; }

 private:
  Kind kind_;
  double low_;
  double high_;
  double begin_;
  double end_;
};

}  // namespace tideline
