#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "common/base/status.h"
#include "partitioner/tool/table.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the name that CLI11 has
class App;
}  // namespace CLI

namespace tideline {

// What a command has found. People read its tables and sentences, and a last line of JSON where the
// command has one; with --json there is one JSON document in their place, which has the fields of
// that line and the rows of every table. Thread-compatible.
class Answer {
 public:
  // Text as it is printed. People alone.
  void Say(const std::string& text) { text_ += text; }
  // A table, whose rows programs find under `key`.
  void Show(const std::string& key, const Table& table);
  // The fields of the last line. `line` is false where people have no use for it.
  void Summarize(nlohmann::ordered_json fields, bool line = true);
  // Further fields beside those of Summarize.
  void Add(const nlohmann::ordered_json& fields) { fields_.update(fields); }
  // Writes it to stdout. Errors: Unavailable where that cannot be written.
  absl::Status Print(bool json) const;
  // Writes the JSON document in one line, which can be read as such before the command ends.
  // Errors: as Print.
  absl::Status PrintLine() const;

 private:
  nlohmann::ordered_json Document() const;

  std::string text_;
  nlohmann::ordered_json fields_ = nlohmann::ordered_json::object();
  nlohmann::ordered_json tables_ = nlohmann::ordered_json::object();
  bool line_ = false;
};

// Adds --json to a command that prints tables.
void AddJsonFlag(CLI::App& command, bool& json);

// Writes to stdout. Errors: Unavailable where that cannot be written.
absl::Status PrintOut(const std::string& text);

// In one line, or indented for a document. Names come from files: whatever is no UTF-8 is replaced.
std::string JsonText(const nlohmann::ordered_json& json, bool document);

}  // namespace tideline
