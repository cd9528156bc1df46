#include "partitioner/report/axis.h"

#include <algorithm>
#include <cmath>

namespace tideline {
namespace {

constexpr double kTicks = 5;
constexpr double kFewDecades = 3;
constexpr double kSlack = 1e-9;  // of a figure: rounding

}  // namespace

double Axis::At(double figure) const {
  const double inside = std::clamp(figure, low_, high_);
  const double share = kind_ == Kind::kLinear ? (inside - low_) / (high_ - low_)
                                              : std::log(inside / low_) / std::log(high_ / low_);
  return begin_ + share * (end_ - begin_);
}

std::vector<double> Axis::Ticks() const {
  std::vector<double> ticks;
  if (kind_ == Kind::kLinear) {
    const double rough = (high_ - low_) / kTicks;
    const double decade = std::pow(10, std::floor(std::log10(rough)));
    const double step = decade * (rough > 5 * decade ? 10 : rough > 2 * decade ? 5 : 2);
    for (double i = std::ceil(low_ / step - kSlack); i * step <= high_ * (1 + kSlack); ++i) {
      ticks.push_back(i * step + 0.0);  // not -0
    }
    return ticks;
  }
  const bool few = std::log10(high_ / low_) < kFewDecades;
  for (double decade = std::pow(10, std::floor(std::log10(low_))); decade <= high_; decade *= 10) {
    for (const double digit : {1.0, 2.0, 5.0}) {
      const double at = decade * digit;
      const bool inside = at >= low_ * (1 - kSlack) && at <= high_ * (1 + kSlack);
      if (inside && (few || digit == 1)) {
        ticks.push_back(at);
      }
    }
  }
  return ticks;
}

}  // namespace tideline
