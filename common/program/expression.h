#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/program/program.h"

namespace tideline {

// Sizes in a .pt2 file are sympy expressions as srepr() writes them:
// "Mul(Integer(49), Symbol('s31', positive=True, integer=True))".

// The largest constant and factor of a size.
inline constexpr int64_t kLargestSize = int64_t{1} << 40;

// The symbol's name where `expression` is nothing but a symbol, "" otherwise.
std::string PlainSymbol(std::string_view expression);

// `expression` as constant + per_batch * batch, where `batch_symbol` is the batch's name ("" where
// the batch is fixed). Errors: Unimplemented where it is no such function or names another symbol,
// DataLoss where it is no expression.
absl::StatusOr<Dim> ParseSize(std::string_view expression, std::string_view batch_symbol);

}  // namespace tideline
