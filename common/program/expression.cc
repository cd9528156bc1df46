#include "common/program/expression.h"

#include <cctype>
#include <charconv>
#include <optional>

#include "common/base/checked.h"

namespace tideline {
namespace {

constexpr size_t kMaxLength = 4096;
constexpr int kMaxDepth = 32;

std::optional<Dim> Add(const Dim& a, const Dim& b) {
  const auto constant = CheckedAdd(a.constant, b.constant);
  const auto per_batch = CheckedAdd(a.per_batch, b.per_batch);
  if (!constant || !per_batch) {
    return std::nullopt;
  }
  return Dim{*constant, *per_batch};
}

// Nothing where both depend on the batch, or on overflow.
std::optional<Dim> Multiply(const Dim& a, const Dim& b) {
  if (a.per_batch != 0 && b.per_batch != 0) {
    return std::nullopt;
  }
  const auto constant = CheckedMul(a.constant, b.constant);
  const auto left = CheckedMul(a.per_batch, b.constant);
  const auto right = CheckedMul(a.constant, b.per_batch);
  if (!constant || !left || !right) {
    return std::nullopt;
  }
  return Dim{*constant, *left + *right};
}

// Recursive descent over Symbol(...), Integer(...), Add(...), Mul(...).
class Parser {
 public:
  Parser(std::string_view text, std::string_view batch_symbol)
      : whole_(text), rest_(text), batch_symbol_(batch_symbol) {}

  absl::StatusOr<Dim> Parse() {
    ASSIGN_OR_RETURN(const Dim dim, Expression(/*depth=*/0));
    if (!rest_.empty()) {
      return Malformed();
    }
    return dim;
  }

  // The name in "Symbol('name', ...)", or nothing.
  std::optional<std::string_view> Symbol() {
    if (!Take("Symbol('")) {
      return std::nullopt;
    }
    const size_t quote = rest_.find('\'');
    const size_t end = rest_.find(')');
    if (quote == 0 || quote == std::string_view::npos || end == std::string_view::npos ||
        end < quote) {
      return std::nullopt;
    }
    const std::string_view name = rest_.substr(0, quote);
    rest_.remove_prefix(end + 1);
    return name;
  }

  bool done() const { return rest_.empty(); }

 private:
  bool Take(std::string_view word) {
    if (!rest_.starts_with(word)) {
      return false;
    }
    rest_.remove_prefix(word.size());
    return true;
  }

  absl::Status Malformed() const { return DataLoss("'{}' is not a size", whole_); }

  absl::Status NotLinear() const {
    return Unimplemented(
        "size '{}' is not a constant plus a multiple of the batch; export with a fixed batch",
        whole_);
  }

  absl::StatusOr<Dim> Integer() {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (error != std::errc()) {
      return Malformed();
    }
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    if (!Take(")")) {
      return Malformed();
    }
    return Dim{number, 0};
  }

  absl::StatusOr<Dim> Fold(bool product, int depth) {
    Dim result{product ? 1 : 0, 0};
    do {
      ASSIGN_OR_RETURN(const Dim term, Expression(depth + 1));
      const std::optional<Dim> next = product ? Multiply(result, term) : Add(result, term);
      if (!next) {
        return NotLinear();
      }
      result = *next;
    } while (Take(", "));
    if (!Take(")")) {
      return Malformed();
    }
    return result;
  }

  absl::StatusOr<Dim> Expression(int depth) {
    if (depth > kMaxDepth) {
      return DataLoss("a size is nested deeper than {}", kMaxDepth);
    }
    if (rest_.starts_with("Symbol(")) {
      const std::optional<std::string_view> name = Symbol();
      if (!name) {
        return Malformed();
      }
      if (*name != batch_symbol_) {
        return Unimplemented(
            "size '{}' depends on '{}'; only the leading dimension of the inputs may vary, and "
            "must be the same for all of them; export the others with a fixed size",
            whole_, *name);
      }
      return Dim{0, 1};
    }
    if (Take("Integer(")) {
      return Integer();
    }
    if (Take("Add(")) {
      return Fold(/*product=*/false, depth);
    }
    if (Take("Mul(")) {
      return Fold(/*product=*/true, depth);
    }
    const bool call = !rest_.empty() && std::isalpha(static_cast<unsigned char>(rest_[0])) != 0 &&
                      rest_.find('(') != std::string_view::npos;
    return call ? NotLinear() : Malformed();
  }

  std::string_view whole_;
  std::string_view rest_;
  std::string_view batch_symbol_;
};

bool InRange(int64_t number) { return -kLargestSize <= number && number <= kLargestSize; }

}  // namespace

std::string PlainSymbol(std::string_view expression) {
  Parser parser(expression, "");
  const std::optional<std::string_view> name = parser.Symbol();
  return name && parser.done() ? std::string(*name) : "";
}

absl::StatusOr<Dim> ParseSize(std::string_view expression, std::string_view batch_symbol) {
  if (expression.size() > kMaxLength) {
    return DataLoss("a size has {} letters, at most {} are accepted", expression.size(),
                    kMaxLength);
  }
  ASSIGN_OR_RETURN(const Dim dim, Parser(expression, batch_symbol).Parse());
  if (!InRange(dim.constant) || !InRange(dim.per_batch)) {
    return DataLoss("size '{}' is out of range", expression);
  }
  return dim;
}

}  // namespace tideline
