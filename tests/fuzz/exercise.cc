#include "tests/fuzz/exercise.h"

#include <memory>
#include <span>
#include <vector>

#include "common/program/costs.h"
#include "common/program/frontier.h"
#include "common/program/load.h"

namespace tideline {
namespace {

void Require(bool condition) {
  if (!condition) {
    __builtin_trap();
  }
}

// Reads every byte of the constants: what points outside is seen by the sanitizer.
void ReadConstants(const Program& program) {
  for (const Value& value : program.values) {
    if (value.kind == ValueKind::kConstant) {
      Require(BitEqual(value.constant, value.constant));
    }
  }
}

void CheckFrontier(const Program& program, const FrontierTable& table, const Frontier& frontier) {
  const absl::StatusOr<Frontier> found = table.Find(frontier.name);
  Require(found.ok() && *found == frontier);
  const auto head = NodesBetween(program, table.input(), frontier);
  const auto tail = NodesBetween(program, frontier, table.edge());
  Require(head.ok() && tail.ok());
  Require(head->size() + tail->size() >= program.nodes.size());
  FrontierElements(program, frontier);
}

}  // namespace

void ExerciseProgram(const std::string& file) {
  const auto owner = std::make_shared<const std::string>(file);
  const auto program = LoadProgram(std::as_bytes(std::span(*owner)), owner);
  if (!program.ok()) {
    Require(!program.status().message().empty());
    return;
  }
  ReadConstants(**program);
  Require(NodeCosts(**program).size() == (*program)->nodes.size());
  const FrontierTable table(**program);
  for (const Frontier& frontier : table.single()) {
    CheckFrontier(**program, table, frontier);
  }
  for (const Frontier& frontier : table.MultiValue(/*limit=*/8).frontiers) {
    CheckFrontier(**program, table, frontier);
  }
}

}  // namespace tideline
