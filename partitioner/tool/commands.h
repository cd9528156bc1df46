#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "common/base/status.h"

// The commands of `tideline`, one file each. Every function adds its command and its options to
// `tool`. `run` is called once, when the command was chosen and its options were read; it prints
// results on stdout and returns what goes to stderr as one line.
namespace tideline {

struct Command {
  CLI::App* app = nullptr;
  std::function<absl::Status()> run;
};

// What help says of a command. `group` is where `tideline --help` lists it; `examples` are lines
// without the last one's end, which call it with options that it has.
struct CommandText {
  const char* name;
  const char* group;
  const char* summary;
  const char* examples;
};

inline constexpr char kLookGroup[] = "Look";
inline constexpr char kMeasureGroup[] = "Measure";
inline constexpr char kDecideGroup[] = "Decide";
inline constexpr char kPrepareGroup[] = "Prepare";
inline constexpr char kModelHelp[] = "A .pt2 file, a version folder or a model folder";

// The command with its texts, without options. Every command is made by it.
CLI::App* AddCommand(CLI::App& tool, const CommandText& text);

// --threads, which several commands have.
void AddEngineThreads(CLI::App& app, int& threads);

Command AddInspect(CLI::App& tool);
Command AddCalibrate(CLI::App& tool);
Command AddCheck(CLI::App& tool);
Command AddQuantize(CLI::App& tool);
Command AddBench(CLI::App& tool);
Command AddProfile(CLI::App& tool);
Command AddKeygen(CLI::App& tool);
Command AddPlan(CLI::App& tool);
Command AddTrace(CLI::App& tool);

}  // namespace tideline
