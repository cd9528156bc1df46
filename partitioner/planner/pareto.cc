#include "partitioner/planner/pareto.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>

namespace tideline {
namespace {

// A set of points, a bit each.
class PointSet {
 public:
  explicit PointSet(size_t points) : words_((points + 63) / 64, 0) {}

  bool Has(size_t point) const { return (words_[point / 64] >> (point % 64) & 1U) != 0; }
  void Add(size_t point) { words_[point / 64] |= uint64_t{1} << (point % 64); }
  void Keep(const PointSet& other) {
    for (size_t i = 0; i < words_.size(); ++i) {
      words_[i] &= other.words_[i];
    }
  }
  // Whether `test` holds for any point of the set.
  template <typename Test>
  bool Any(Test test) const {
    for (size_t i = 0; i < words_.size(); ++i) {
      for (uint64_t word = words_[i]; word != 0; word &= word - 1) {
        if (test(i * 64 + static_cast<size_t>(std::countr_zero(word)))) {
          return true;
        }
      }
    }
    return false;
  }

 private:
  std::vector<uint64_t> words_;
};

// The points in ascending order of one dimension, and for some prefixes of that order the set of
// the points in it.
class Order {
 public:
  Order(const ParetoPoints& points, size_t dimension)
      : by_value_(points.needs.size()), at_most_(points.needs.size()) {
    const auto value = [&](size_t point) {
      return points.values[point * points.dimensions + dimension];
    };
    std::iota(by_value_.begin(), by_value_.end(), size_t{0});
    std::ranges::sort(by_value_, {}, value);
    step_ = std::max<size_t>(64, by_value_.size() / kPrefixes);
    PointSet prefix(by_value_.size());
    size_t end = 0;  // of the points that are at most as large as this one
    for (size_t i = 0; i < by_value_.size(); ++i) {
      if (i % step_ == 0) {
        prefixes_.push_back(prefix);
      }
      prefix.Add(by_value_[i]);
      for (end = std::max(end, i);
           end < by_value_.size() && value(by_value_[end]) == value(by_value_[i]);) {
        ++end;
      }
      at_most_[by_value_[i]] = end;
    }
    prefixes_.push_back(std::move(prefix));
  }

  // Leaves in `set` the points that are at most `point` in this dimension. `rest` is for reuse.
  void Keep(size_t point, PointSet& set, std::vector<size_t>& rest) const {
    const size_t end = at_most_[point];
    const size_t whole = end == by_value_.size() ? prefixes_.size() - 1 : end / step_;
    rest.clear();
    for (size_t i = whole * step_; i < end; ++i) {
      if (set.Has(by_value_[i])) {
        rest.push_back(by_value_[i]);
      }
    }
    set.Keep(prefixes_[whole]);
    for (const size_t other : rest) {
      set.Add(other);
    }
  }

 private:
  static constexpr size_t kPrefixes = 64;

  std::vector<size_t> by_value_;
  std::vector<size_t> at_most_;  // by point: length of the prefix with all that are at most it
  size_t step_ = 1;
  std::vector<PointSet> prefixes_;  // of length 0, step_, 2 * step_, …, and all
};

}  // namespace

// For each point the set of those that are at most it everywhere is the intersection of one prefix
// per dimension; a machine word holds 64 points of it.
std::vector<int> ParetoFront(const ParetoPoints& points) {
  const size_t count = points.needs.size();
  std::vector<Order> orders;
  orders.reserve(points.dimensions);
  for (size_t dimension = 0; dimension < points.dimensions; ++dimension) {
    orders.emplace_back(points, dimension);
  }
  std::map<uint64_t, PointSet> modest;  // by needs: the points that need nothing else
  for (const uint64_t needs : points.needs) {
    const auto [found, is_new] = modest.emplace(needs, PointSet(count));
    for (size_t point = 0; is_new && point < count; ++point) {
      if ((points.needs[point] & ~needs) == 0) {
        found->second.Add(point);
      }
    }
  }
  const auto equal = [&](size_t a, size_t b) {
    const double* values = points.values.data();
    return points.needs[a] == points.needs[b] &&
           std::equal(values + a * points.dimensions, values + (a + 1) * points.dimensions,
                      values + b * points.dimensions);
  };
  std::vector<int> front;
  PointSet set(count);
  std::vector<size_t> rest;
  for (size_t point = 0; point < count; ++point) {
    set = modest.at(points.needs[point]);
    for (const Order& order : orders) {
      order.Keep(point, set, rest);
    }
    const auto replaces = [&](size_t other) {
      return other != point && (other < point || !equal(other, point));
    };
    if (!set.Any(replaces)) {
      front.push_back(static_cast<int>(point));
    }
  }
  return front;
}

}  // namespace tideline
