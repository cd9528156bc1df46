#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/program/program.h"

// Where a network may be cut (ARCHITECTURE.md, "Canonical frontiers"). Operators that execute as
// one form a group; group borders are the only cut points, for every engine, the planner and
// people. Names are a pure function of the file.
namespace tideline {

struct GroupGraph;

// Version of the grouping and naming rule; part of the hello and of every stored table.
inline constexpr int kFrontierRule = 1;

// Every node that depends on an input is in one group; constant arithmetic is in none.
struct Group {
  std::string name;                       // of its first output
  std::vector<NodeId> nodes;              // ascending
  std::vector<ValueId> outputs;           // what other groups or the network's result read
  std::vector<std::string> output_names;  // each unique: module path of the first operator, "#k"
};

// The set of values that crosses a cut, in topological order. The head is everything they depend
// on. The values of "input" are the network's inputs, those of "edge" its results.
struct Frontier {
  std::string name;  // "input", "edge", or value names joined by '+'
  std::vector<ValueId> values;

  bool is_input() const { return name == "input"; }
  bool is_edge() const { return name == "edge"; }
  bool operator==(const Frontier&) const = default;
};

// All canonical frontiers of a program. Immutable, thread-safe; keeps no reference to the program.
class FrontierTable {
 public:
  explicit FrontierTable(const Program& program);

  const std::vector<Group>& groups() const { return groups_; }

  // The network's inputs and its results: the two ends of every segment.
  const Frontier& input() const { return input_; }
  const Frontier& edge() const { return edge_; }

  // Every single-value frontier between the two ends, in topological order.
  const std::vector<Frontier>& single() const { return single_; }

  struct Multi {
    std::vector<Frontier> frontiers;  // at most the limit asked for, evenly spread
    uint64_t exist = 0;               // how many there are in all
    bool exact = true;                // false: counting stopped, there are more than `exist`
  };
  // Frontiers of 2 to `max_width` values, deterministic.
  Multi MultiValue(size_t limit, size_t max_width = 4) const;

  // The frontier called `name` ("input", "edge", "features.3", "a+b"). Errors: NotFound with the
  // nearest name; InvalidArgument where the values exist but are no cut, with what is missing.
  absl::StatusOr<Frontier> Find(std::string_view name) const;

  // SHA-256 over rule version, value names, dtypes and shapes; in the hello.
  const Sha256Digest& hash() const { return hash_; }

 private:
  std::vector<Group> groups_;
  Frontier input_;
  Frontier edge_;
  std::vector<Frontier> single_;
  Sha256Digest hash_{};
  std::shared_ptr<const GroupGraph> graph_;
};

// The nodes that lead from `from` to `to`, ascending: what `to` depends on, without what `from`
// depends on. Nodes that depend on no input (constant arithmetic) belong to every segment that
// uses them. Errors: InvalidArgument where `to` cannot be computed from `from`.
absl::StatusOr<std::vector<NodeId>> NodesBetween(const Program& program, const Frontier& from,
                                                 const Frontier& to);

}  // namespace tideline
