#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/base/strings.h"
#include "partitioner/tool/commands.h"

namespace {

constexpr char kExamples[] = R"(Examples:
  tideline inspect models/mobilenet_v2            layers and possible cuts
  tideline inspect models/mobilenet_v2 --json     the same for programs
  tideline check models/mobilenet_v2              every cut against PyTorch's outputs
  tideline check models/resnet50 --cuts 10 --codec int8
  tideline quantize models/digits --data images   to 8 bits: models/digits-int8
  tideline calibrate models/digits --data images --labels images/labels.csv
                                                  codecs at each cut: bytes, times, accuracy
  tideline plan models/digits --edge edge.json --cloud cloud.json --link lte --out partition.yaml
                                                  where to cut, how to compress, and why
  tideline bench models/mobilenet_v2 --cut features.3     how fast it is here
  tideline profile models/mobilenet_v2 --out edge.json    what the planner reads
  tideline keygen --out keys --name kitchen       keys/kitchen.key and keys/kitchen.secret

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

}  // namespace

int main(int argc, char** argv) {
  CLI::App tool("Looks into networks, checks how they split, and plans where to cut them.",
                "tideline");
  tool.set_version_flag("--version", TIDELINE_VERSION);
  tool.footer(kExamples);
  tool.require_subcommand(1);

  const std::vector<tideline::Command> commands = {
      tideline::AddInspect(tool),   tideline::AddCheck(tool),   tideline::AddQuantize(tool),
      tideline::AddCalibrate(tool), tideline::AddBench(tool),   tideline::AddKeygen(tool),
      tideline::AddPlan(tool),      tideline::AddProfile(tool),
  };

  try {
    tool.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      return tool.exit(error);
    }
    std::fprintf(stderr, "tideline: %s; see tideline --help\n", error.what());
    return kUsage;
  }
  for (const tideline::Command& command : commands) {
    if (command.app->parsed()) {
      return Finish(command.run());
    }
  }
  return kUsage;
}
