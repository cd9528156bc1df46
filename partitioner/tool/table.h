#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// Text for people: aligned tables and sizes that are read at a glance.
namespace tideline {

enum class Align { kLeft, kRight };

class Table {
 public:
  struct Column {
    std::string header;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell per column. Names come from files: control characters are shown as '?'.
  void AddRow(std::vector<std::string> cells);

  // Header, a rule, rows; two blanks between columns, no blanks at the end of a line.
  std::string ToString() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// "512 B", "98.0 KiB", "13.4 MiB".
std::string HumanBytes(int64_t bytes);

// "512", "3.50 M", "300.77 M".
std::string HumanCount(int64_t count);

// `text` in at most `width` characters, with an ellipsis in the middle where it was longer.
std::string Shorten(const std::string& text, size_t width);

}  // namespace tideline
