#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

// Text for people: aligned tables and sizes that are read at a glance; and the tables for programs.
namespace tideline {

enum class Align { kLeft, kRight };

class Table {
 public:
  struct Column {
    std::string header;
    Align align = Align::kLeft;
    std::string key = "";  // of the value in ToJson, with its unit; "": it is for people alone
  };

  // What people read, and what programs do where that is not the same text.
  struct Cell {
    template <typename Text>
      requires std::convertible_to<Text, std::string>
    Cell(Text shown) : text(std::move(shown)), value(text) {}  // NOLINT: as text is written
    Cell(std::string shown, nlohmann::ordered_json meant)
        : text(std::move(shown)), value(std::move(meant)) {}

    std::string text;
    nlohmann::ordered_json value;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell per column. Names come from files: control characters are shown as '?'.
  void AddRow(std::vector<Cell> cells);

  // Header, a rule, rows; two blanks between columns, no blanks at the end of a line.
  std::string ToString() const;

  // A list with one object per row, of the columns with a key.
  nlohmann::ordered_json ToJson() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// "512 B", "98.0 KiB", "13.4 MiB".
std::string HumanBytes(int64_t bytes);

// "512", "3.50 M", "300.77 M".
std::string HumanCount(int64_t count);

// `text` in at most `width` characters, with an ellipsis in the middle where it was longer.
std::string Shorten(const std::string& text, size_t width);

// A name that people see shortened and programs whole.
Table::Cell NameCell(const std::string& name, size_t width);

// A number as `format` has it, fmt's. What is no number (an unknown one) is null for programs.
Table::Cell NumberCell(const char* format, double number);

}  // namespace tideline
