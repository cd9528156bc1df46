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

Command AddInspect(CLI::App& tool);
Command AddCalibrate(CLI::App& tool);
Command AddCheck(CLI::App& tool);
Command AddQuantize(CLI::App& tool);
Command AddBench(CLI::App& tool);
Command AddProfile(CLI::App& tool);
Command AddKeygen(CLI::App& tool);
Command AddPlan(CLI::App& tool);

}  // namespace tideline
