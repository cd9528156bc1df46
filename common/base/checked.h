#pragma once

#include <cstdint>
#include <optional>
#include <span>

// Arithmetic on numbers that came from outside: nullopt where the result does not fit.
namespace tideline {

template <typename T>
std::optional<T> CheckedMul(T a, T b) {
  T result;
  return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional<T>(result);
}

template <typename T>
std::optional<T> CheckedAdd(T a, T b) {
  T result;
  return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional<T>(result);
}

// The number of elements of `shape`; nullopt on overflow or a negative dimension.
inline std::optional<int64_t> CheckedNumel(std::span<const int64_t> shape) {
  int64_t numel = 1;
  for (const int64_t dim : shape) {
    if (dim < 0 || __builtin_mul_overflow(numel, dim, &numel)) {
      return std::nullopt;
    }
  }
  return numel;
}

}  // namespace tideline
