#pragma once

#include <cmath>
#include <random>

// Random numbers of the planner's tests.
namespace tideline {

inline double Uniform(double from, double to, std::mt19937& random) {
  return std::uniform_real_distribution<double>(from, to)(random);
}

// Spread evenly over decades.
inline double Spread(double from, double to, std::mt19937& random) {
  return std::exp(Uniform(std::log(from), std::log(to), random));
}

}  // namespace tideline
