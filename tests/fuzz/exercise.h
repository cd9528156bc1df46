#pragma once

#include <string>

namespace tideline {

// Loads a .pt2 file's bytes and, where they are sound, asks everything that can be asked of the
// program: costs, frontiers, each of them by name, the nodes on both sides. Traps where the answers
// contradict each other.
void ExerciseProgram(const std::string& file);

}  // namespace tideline
