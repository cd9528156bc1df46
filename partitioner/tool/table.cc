#include "partitioner/tool/table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

namespace tideline {
namespace {

bool Continues(char c) { return (c & 0xC0) == 0x80; }  // the character before it, in UTF-8

// Columns on the screen of UTF-8 text.
size_t Width(const std::string& text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return !Continues(c); }));
}

std::string Pad(const std::string& text, size_t width, Align align) {
  const std::string blanks(width - std::min(width, Width(text)), ' ');
  return align == Align::kLeft ? text + blanks : blanks + text;
}

}  // namespace

void Table::AddRow(std::vector<Cell> cells) {
  for (Cell& cell : cells) {
    std::ranges::replace_if(cell.text, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  }
  rows_.push_back(std::move(cells));
}

std::string Table::ToString() const {
  std::vector<std::vector<std::string>> lines(2);
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t width = Width(columns_[i].header);
    for (const auto& row : rows_) {
      width = std::max(width, Width(row[i].text));
    }
    widths.push_back(width);
    lines[0].push_back(columns_[i].header);
    lines[1].emplace_back(width, '-');
  }
  for (const auto& row : rows_) {
    std::ranges::transform(row, std::back_inserter(lines.emplace_back()), &Cell::text);
  }

  std::string text;
  for (const auto& cells : lines) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      line += (i == 0 ? "" : "  ") + Pad(cells[i], widths[i], columns_[i].align);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

nlohmann::ordered_json Table::ToJson() const {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& row : rows_) {
    nlohmann::ordered_json object = nlohmann::ordered_json::object();
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i].key.empty()) {
        object[columns_[i].key] = row[i].value;
      }
    }
    list.push_back(std::move(object));
  }
  return list;
}

std::string HumanBytes(int64_t bytes) {
  constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) {
    return fmt::format("{} B", bytes);
  }
  double size = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (size >= 1023.95 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", size, kUnits[unit]);
}

std::string HumanCount(int64_t count) {
  constexpr std::array kUnits = {"k", "M", "G", "T"};
  if (count < 1000) {
    return fmt::format("{}", count);
  }
  double size = static_cast<double>(count) / 1000;
  size_t unit = 0;
  while (size >= 999.995 && unit + 1 < kUnits.size()) {
    size /= 1000;
    ++unit;
  }
  return fmt::format("{:.2f} {}", size, kUnits[unit]);
}

std::string Shorten(const std::string& text, size_t width) {
  if (Width(text) <= width) {
    return text;
  }
  size_t front = (width - 1) / 2;
  size_t back = text.size() - (width - 1 - front);
  while (front > 0 && Continues(text[front])) {
    --front;
  }
  while (back < text.size() && Continues(text[back])) {
    ++back;
  }
  return text.substr(0, front) + "…" + text.substr(back);
}

Table::Cell NameCell(const std::string& name, size_t width) { return {Shorten(name, width), name}; }

Table::Cell NumberCell(const char* format, double number) {
  return {fmt::format(fmt::runtime(format), number),
          std::isfinite(number) ? nlohmann::ordered_json(number) : nlohmann::ordered_json()};
}

}  // namespace tideline
