#pragma once

#include "common/program/program.h"

// Upkeep of a Program while it is being made. Thread-compatible.
namespace tideline {

// Sets every value's producer and users from the nodes.
void Relink(Program& program);

// Removes nodes that no result depends on and constants that nobody reads, numbers the rest anew in
// the same order, and relinks. Inputs stay. Values that no node makes any more and nobody reads go
// as well.
void RemoveDead(Program& program);

// Calls visit(ValueRef&) for every value that `node` reads.
template <typename Visit>
void ForEachRef(Node& node, Visit visit) {
  for (Argument& argument : node.arguments) {
    if (auto* ref = std::get_if<ValueRef>(&argument.value)) {
      visit(*ref);
    } else if (auto* refs = std::get_if<std::vector<ValueRef>>(&argument.value)) {
      for (ValueRef& each : *refs) {
        visit(each);
      }
    }
  }
}

}  // namespace tideline
