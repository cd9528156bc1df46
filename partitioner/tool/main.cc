#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/config/help.h"
#include "partitioner/tool/commands.h"

namespace {

constexpr char kFooter[] = R"(Examples:
  tideline inspect models/photos
  tideline plan models/photos --edge edge.json --cloud cloud.json --link lte
  tideline plan --help

MODEL is a .pt2 file, a version folder, or a model folder (its highest version).
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.)";

constexpr int kFailed = 1;
constexpr int kUsage = 2;

// What a person can mend by calling it differently is usage; everything else is a failure.
int ExitCode(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 0;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kInvalidArgument:
      return kUsage;
    default:
      return kFailed;
  }
}

int Finish(const absl::Status& status) {
  if (!status.ok()) {
    std::fprintf(stderr, "tideline: %s\n", std::string(status.message()).c_str());
  }
  return ExitCode(status);
}

int Main(int argc, char** argv) {
  CLI::App tool("Finds out where to cut a network between an edge device and the cloud.",
                "tideline");
  tool.formatter(tideline::HelpFormatter());
  tool.set_help_flag("-h,--help", "Print this and end; COMMAND --help: its options");
  tool.set_version_flag("--version", TIDELINE_VERSION, "Print the version and end");
  tool.footer(kFooter);
  tool.require_subcommand(1);

  const std::vector<tideline::Command> commands = {
      tideline::AddInspect(tool),  tideline::AddCheck(tool),     tideline::AddBench(tool),
      tideline::AddProfile(tool),  tideline::AddCalibrate(tool), tideline::AddPlan(tool),
      tideline::AddQuantize(tool), tideline::AddKeygen(tool),    tideline::AddTrace(tool),
  };

  try {
    tool.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      return tool.exit(error);
    }
    std::fprintf(stderr, "tideline: %s\n", tideline::UsageError(tool, error).c_str());
    return kUsage;
  }
  for (const tideline::Command& command : commands) {
    if (command.app->parsed()) {
      return Finish(command.run());
    }
  }
  return kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Main(argc, argv);
  } catch (const std::exception& error) {  // a library's, for example without file descriptors
    std::fprintf(stderr, "tideline: %s\n", error.what());
    return kFailed;
  }
}
