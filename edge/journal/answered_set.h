#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace tideline {

// Which of a source's inputs were answered, by their place in it, as rows of neighbours. Bounded:
// above kMaxRows the row after the first is forgotten, and its inputs are done again.
// Thread-compatible.
class AnsweredSet {
 public:
  static constexpr size_t kMaxRows = 4096;
  static constexpr uint64_t kMaxPlace = uint64_t{1} << 62;

  struct Row {
    uint64_t first = 0;
    uint64_t last = 0;  // the last one too
    bool operator==(const Row&) const = default;
  };

  // `row` is in order and not above kMaxPlace.
  void Add(Row row);
  void Add(uint64_t place) { Add({place, place}); }
  void Add(const AnsweredSet& other);
  void Clear() { rows_.clear(); }

  bool empty() const { return rows_.empty(); }
  bool Contains(uint64_t place) const { return NextMissing(place) != place; }
  // The first place from `place` on that is not in the set.
  uint64_t NextMissing(uint64_t place) const;
  // How many places are in the set.
  uint64_t Count() const;
  // In order; no two touch.
  std::vector<Row> Rows() const;

 private:
  std::map<uint64_t, uint64_t> rows_;  // first to last; no two touch
};

}  // namespace tideline
