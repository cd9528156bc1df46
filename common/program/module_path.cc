#include "common/program/module_path.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace tideline {
namespace {

// Splits at `separator` where it stands outside parentheses and brackets: keys of old exporters are
// Python expressions such as getattr(L['self'], 'conv').
std::vector<std::string_view> SplitOutsideBrackets(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    depth += c == '(' || c == '[' ? 1 : 0;
    depth -= c == ')' || c == ']' ? 1 : 0;
    if (c == separator && depth == 0) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  parts.push_back(text.substr(begin));
  return parts;
}

// "relu@1" is the second call of "relu".
std::string_view WithoutCallNumber(std::string_view component) {
  const size_t at = component.rfind('@');
  const bool numbered = at != std::string_view::npos && at + 1 < component.size() &&
                        std::ranges::all_of(component.substr(at + 1),
                                            [](unsigned char c) { return std::isdigit(c) != 0; });
  return numbered ? component.substr(0, at) : component;
}

}  // namespace

std::string ModulePath(std::string_view stack) {
  const std::string_view innermost = SplitOutsideBrackets(stack, ';').back();
  const std::vector<std::string_view> fields = SplitOutsideBrackets(innermost, ',');
  if (fields.size() < 3 || fields[1] == fields[0]) {
    return "";  // the exporter's placeholder repeats one word
  }
  std::string path;
  for (const std::string_view component : SplitOutsideBrackets(fields[1], '.')) {
    if (!path.empty()) {
      path += '.';
    }
    path += WithoutCallNumber(component);
  }
  return path;
}

}  // namespace tideline
