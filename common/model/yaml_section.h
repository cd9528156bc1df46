#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "common/base/status.h"

// Checked reading of a YAML document, for the sources of common/model alone (it shows yaml-cpp).
namespace tideline {

// The first thing that is wrong with a document. Thread-compatible.
class YamlProblem {
 public:
  explicit YamlProblem(std::string path) : path_(std::move(path)) {}

  const absl::Status& status() const { return status_; }
  // Keeps the first problem; `line` counts from 1, 0 = unknown.
  void Report(int line, const std::string& text);

 private:
  std::string path_;
  absl::Status status_;
};

// A mapping of the document. Reads never throw: what is missing or malformed is reported to the
// problem, once, and a default comes back. Thread-compatible.
class YamlSection {
 public:
  // `problem` outlives the section and all its children.
  static YamlSection Parse(const std::string& text, YamlProblem* problem);

  bool ok() const { return problem_->status().ok(); }
  bool Has(const std::string& key) const;
  bool IsList(const std::string& key) const;
  // In the document's order, those that begin with "x-" left out.
  std::vector<std::string> Keys() const;
  // Any other key is a problem, unless it begins with "x-".
  void AllowKeys(const std::vector<std::string>& known) const;

  std::string Text(const std::string& key,
                   const std::optional<std::string>& otherwise = std::nullopt) const;
  int64_t Integer(const std::string& key, int64_t least, int64_t most) const;
  double Number(const std::string& key, double least, double most) const;
  bool Flag(const std::string& key, bool otherwise) const;
  // The index of the value among `names`.
  size_t Choice(const std::string& key, const std::vector<std::string>& names) const;
  std::vector<int64_t> Integers(const std::string& key, int64_t least, int64_t most) const;
  std::vector<float> Floats(const std::string& key) const;
  // A scalar, or a list of scalars as "[a, b]".
  std::string AsWritten(const std::string& key) const;

  YamlSection Child(const std::string& key) const;
  // A list of mappings, or one mapping alone.
  std::vector<YamlSection> Children(const std::string& key) const;

  // Reports a problem with `key`, at its line.
  template <typename... Args>
  void Fail(const std::string& key, fmt::format_string<Args...> format, Args&&... args) const {
    Report(key, fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  YamlSection(YAML::Node node, std::string name, YamlProblem* problem);

  YAML::Node Find(const std::string& key) const;
  std::vector<std::string> Scalars(const std::string& key) const;
  void Report(const std::string& key, const std::string& text) const;

  YAML::Node node_;
  std::string name_;  // "input.", for errors
  YamlProblem* problem_;
};

}  // namespace tideline
