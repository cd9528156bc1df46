#include "edge/journal/answered_set.h"

#include <algorithm>
#include <iterator>

namespace tideline {

void AnsweredSet::Add(Row row) {
  auto next = rows_.upper_bound(row.first);
  if (next != rows_.begin()) {
    const auto before = std::prev(next);
    if (before->second + 1 >= row.first) {
      row = {before->first, std::max(before->second, row.last)};
      rows_.erase(before);
    }
  }
  while (next != rows_.end() && next->first <= row.last + 1) {
    row.last = std::max(row.last, next->second);
    next = rows_.erase(next);
  }
  rows_.emplace_hint(next, row.first, row.last);
  if (rows_.size() > kMaxRows) {
    rows_.erase(std::next(rows_.begin()));
  }
}

void AnsweredSet::Add(const AnsweredSet& other) {
  for (const auto& [first, last] : other.rows_) {
    Add({first, last});
  }
}

uint64_t AnsweredSet::NextMissing(uint64_t place) const {
  const auto next = rows_.upper_bound(place);
  return next == rows_.begin() ? place : std::max(place, std::prev(next)->second + 1);
}

uint64_t AnsweredSet::Count() const {
  uint64_t count = 0;
  for (const auto& [first, last] : rows_) {
    count += last - first + 1;
  }
  return count;
}

std::vector<AnsweredSet::Row> AnsweredSet::Rows() const {
  std::vector<Row> rows;
  rows.reserve(rows_.size());
  for (const auto& [first, last] : rows_) {
    rows.push_back({first, last});
  }
  return rows;
}

}  // namespace tideline
