#include "common/model/yaml_section.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

#include "common/base/strings.h"

namespace tideline {
namespace {

constexpr size_t kMaxListItems = 4096;

int Line(const YAML::Node& node) { return node.Mark().line + 1; }

}  // namespace

void YamlProblem::Report(int line, const std::string& text) {
  if (status_.ok()) {
    status_ = line > 0 ? InvalidArgument("{}:{}: {}", path_, line, text)
                       : InvalidArgument("{}: {}", path_, text);
  }
}

YamlSection::YamlSection(YAML::Node node, std::string name, YamlProblem* problem)
    : node_(std::move(node)), name_(std::move(name)), problem_(problem) {
  if (!node_.IsMap()) {
    problem_->Report(Line(node_), fmt::format("'{}' must be a mapping of keys to values",
                                              name_.empty() ? "the document" : name_));
    node_ = YAML::Node(YAML::NodeType::Map);
    return;
  }
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) {
      problem_->Report(Line(entry.first), "a key must be plain text");
    } else if (!seen.insert(entry.first.Scalar()).second) {
      problem_->Report(Line(entry.first),
                       fmt::format("'{}{}' comes twice", name_, entry.first.Scalar()));
    }
  }
}

YamlSection YamlSection::Parse(const std::string& text, YamlProblem* problem) {
  try {
    return YamlSection(YAML::Load(text), "", problem);
  } catch (const YAML::Exception& error) {
    problem->Report(error.mark.line + 1, error.msg);
  }
  return YamlSection(YAML::Node(YAML::NodeType::Map), "", problem);
}

bool YamlSection::Has(const std::string& key) const { return Find(key).IsDefined(); }

bool YamlSection::IsList(const std::string& key) const { return Find(key).IsSequence(); }

std::vector<std::string> YamlSection::Keys() const {
  std::vector<std::string> keys;
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && !absl::StartsWith(entry.first.Scalar(), "x-")) {
      keys.push_back(entry.first.Scalar());
    }
  }
  return keys;
}

void YamlSection::AllowKeys(const std::vector<std::string>& known) const {
  for (const std::string& key : Keys()) {
    if (std::ranges::find(known, key) == known.end()) {
      Fail(key, "unknown key{}", DidYouMean(key, known));
    }
  }
}

std::string YamlSection::Text(const std::string& key,
                              const std::optional<std::string>& otherwise) const {
  const YAML::Node node = Find(key);
  if (!node.IsDefined() && otherwise) {
    return *otherwise;
  }
  if (!node.IsScalar() || node.Scalar().empty()) {
    Fail(key, "must be text");
    return "";
  }
  return node.Scalar();
}

int64_t YamlSection::Integer(const std::string& key, int64_t least, int64_t most) const {
  const std::string text = Text(key);
  int64_t value = 0;
  if (!absl::SimpleAtoi(text, &value) || value < least || value > most) {
    Fail(key, "'{}' must be a whole number from {} to {}", text, least, most);
    return least;
  }
  return value;
}

double YamlSection::Number(const std::string& key, double least, double most) const {
  const std::string text = Text(key);
  double value = 0;
  if (!absl::SimpleAtod(text, &value) || !(value >= least && value <= most)) {
    Fail(key, "'{}' must be a number from {} to {}", text, least, most);
    return least;
  }
  return value;
}

bool YamlSection::Flag(const std::string& key, bool otherwise) const {
  const std::string text = Text(key, otherwise ? "true" : "false");
  if (text != "true" && text != "false") {
    Fail(key, "'{}' must be true or false", text);
  }
  return text == "true";
}

size_t YamlSection::Choice(const std::string& key, const std::vector<std::string>& names) const {
  const std::string text = Text(key);
  const auto found = std::ranges::find(names, text);
  if (found == names.end()) {
    Fail(key, "'{}' must be one of {}{}", text, fmt::join(names, ", "), DidYouMean(text, names));
    return 0;
  }
  return static_cast<size_t>(found - names.begin());
}

std::vector<int64_t> YamlSection::Integers(const std::string& key, int64_t least,
                                           int64_t most) const {
  std::vector<int64_t> values;
  for (const std::string& text : Scalars(key)) {
    int64_t value = 0;
    if (!absl::SimpleAtoi(text, &value) || value < least || value > most) {
      Fail(key, "'{}' must be a whole number from {} to {}", text, least, most);
      return {};
    }
    values.push_back(value);
  }
  return values;
}

std::vector<float> YamlSection::Floats(const std::string& key) const {
  std::vector<float> values;
  for (const std::string& text : Scalars(key)) {
    float value = 0;
    if (!absl::SimpleAtof(text, &value) || !std::isfinite(value)) {
      Fail(key, "'{}' must be a number", text);
      return {};
    }
    values.push_back(value);
  }
  return values;
}

std::string YamlSection::AsWritten(const std::string& key) const {
  return IsList(key) ? fmt::format("[{}]", fmt::join(Scalars(key), ", ")) : Text(key);
}

YamlSection YamlSection::Child(const std::string& key) const {
  const YAML::Node node = Find(key);
  if (!node.IsDefined()) {
    Fail(key, "is missing");
  }
  return YamlSection(node.IsDefined() ? node : YAML::Node(), name_ + key + ".", problem_);
}

std::vector<YamlSection> YamlSection::Children(const std::string& key) const {
  if (!IsList(key)) {
    return {Child(key)};
  }
  std::vector<YamlSection> children;
  const YAML::Node list = Find(key);
  if (list.size() > kMaxListItems) {
    Fail(key, "has {} items, at most {} are accepted", list.size(), kMaxListItems);
    return {};
  }
  for (const auto& item : list) {
    children.push_back(
        YamlSection(item, fmt::format("{}{}[{}].", name_, key, children.size()), problem_));
  }
  return children;
}

YAML::Node YamlSection::Find(const std::string& key) const {
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && entry.first.Scalar() == key) {
      return entry.second;
    }
  }
  return YAML::Node(YAML::NodeType::Undefined);
}

std::vector<std::string> YamlSection::Scalars(const std::string& key) const {
  const YAML::Node list = Find(key);
  if (!list.IsSequence() || list.size() > kMaxListItems) {
    Fail(key, "must be a list of at most {} values", kMaxListItems);
    return {};
  }
  std::vector<std::string> values;
  for (const auto& item : list) {
    if (!item.IsScalar()) {
      Fail(key, "must be a list of plain values");
      return {};
    }
    values.push_back(item.Scalar());
  }
  return values;
}

void YamlSection::Report(const std::string& key, const std::string& text) const {
  int line = Line(node_);
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && entry.first.Scalar() == key) {
      line = Line(entry.first);
    }
  }
  problem_->Report(line, fmt::format("{}{}: {}", name_, key, text));
}

}  // namespace tideline
