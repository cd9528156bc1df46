#include "partitioner/tool/sample_labels.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "common/base/file.h"

namespace tideline {
namespace {

// -1: the model has no such class.
int64_t ClassOf(const std::string& label, const std::vector<std::string>& classes) {
  const auto found = std::ranges::find(classes, label);
  if (found != classes.end()) {
    return found - classes.begin();
  }
  int64_t number = 0;
  const bool fits = absl::SimpleAtoi(label, &number) && number >= 0 &&
                    (classes.empty() || number < static_cast<int64_t>(classes.size()));
  return fits ? number : -1;
}

}  // namespace

absl::StatusOr<std::vector<int64_t>> ReadSampleLabels(const std::string& path,
                                                      const std::vector<std::string>& names,
                                                      const std::vector<std::string>& classes) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxLabelFile));
  std::map<std::string, int64_t> by_name;
  int number = 0;
  for (const absl::string_view raw : absl::StrSplit(text, '\n')) {
    ++number;
    const absl::string_view line = absl::StripSuffix(raw, "\r");
    if (line.empty() || (number == 1 && line == "file,label")) {
      continue;
    }
    const size_t comma = line.rfind(',');
    if (comma == absl::string_view::npos) {
      return InvalidArgument("{}:{}: a line is a file's name, a comma and its label", path, number);
    }
    const std::string label(line.substr(comma + 1));
    const int64_t index = ClassOf(label, classes);
    if (index < 0) {
      return InvalidArgument("{}:{}: the model has no class '{}'", path, number, label);
    }
    by_name[std::string(line.substr(0, comma))] = index;
  }
  std::vector<int64_t> labels;
  for (const std::string& name : names) {
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
      return NotFound("{}: no line for '{}'", path, name);
    }
    labels.push_back(found->second);
  }
  return labels;
}

}  // namespace tideline
