#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/config/config.h"
#include "common/telemetry/log.h"

// What the daemons' configurations and command lines have in common.
namespace tideline {

// The base of EdgeConfig and CloudConfig.
struct DaemonConfig {
  std::string id;
  std::string model_repository;
  LogOptions log;
  absl::Duration exit_timeout = absl::Seconds(30);
};

// The fields of the base; first thing in a daemon's list.
template <typename Config>
void AddDaemonFields(FieldList<Config>& list) {
  list.Add("id", "name of this process in logs, records and at its peers", &Config::id);
  list.Add("model_repository", "folder that holds the models as NAME/VERSION/",
           &Config::model_repository)
      .Path()
      .Required();
  list.Add("log.level", "least important level that is logged", &Config::log, &LogOptions::level);
  list.Add("log.format", "one line per event, for people or for machines", &Config::log,
           &LogOptions::format);
  list.Add("exit_timeout", "how long open requests may take after SIGTERM", &Config::exit_timeout)
      .Flag("exit-timeout-secs", "s");
}

// "0.1.0"
std::string_view DaemonVersion();

struct DaemonProgram {
  std::string name;         // "tideline-edge"
  std::string description;  // one sentence for --help
};

// What was asked for on the command line.
struct CommandLine {
  std::string config_file;  // "" = none
  bool check_config = false;
  bool print_config = false;
  std::map<std::string, std::string> flags;  // of fields: name without dashes -> value
};

// Reads --config, --check-config, --print-config, --version, --help and one flag per field. Prints
// help, version and usage errors itself; `exit_code` is then the process's: 0, or 2 for usage.
// `defaults` points to a struct with its initial values.
std::optional<CommandLine> ParseCommandLine(const DaemonProgram& program,
                                            std::span<const Field> fields, const void* defaults,
                                            std::pair<int, const char* const*> arguments,
                                            int& exit_code);

// The file that --config names and the process's TIDELINE_* variables. Errors: as ReadFile.
absl::StatusOr<Settings> ReadSettings(const CommandLine& command_line);

// What a daemon's main begins with: where `loaded` is empty, everything has been said and the
// process ends with `exit_code`.
template <typename Config>
struct DaemonStart {
  std::optional<LoadedConfig<Config>> loaded;
  bool check_only = false;  // --check-config: load all that the configuration names, then end
  int exit_code = 0;
};

// Prints `error` for --config and friends on stderr; returns exit code 2.
int ReportConfigError(const DaemonProgram& program, const absl::Status& error);
// Prints to stdout.
void PrintText(const std::string& text);

// Reads the command line, the file and the environment, and sets up the log. main only.
template <typename Config>
DaemonStart<Config> StartDaemon(const DaemonProgram& program, const FieldList<Config>& list,
                                int argc, const char* const* argv) {
  DaemonStart<Config> start;
  const Config defaults;
  const std::optional<CommandLine> command_line =
      ParseCommandLine(program, list.fields(), &defaults, {argc, argv}, start.exit_code);
  if (!command_line) {
    return start;
  }
  const absl::StatusOr<Settings> settings = ReadSettings(*command_line);
  absl::StatusOr<LoadedConfig<Config>> loaded =
      settings.ok() ? LoadConfig(list, *settings)
                    : absl::StatusOr<LoadedConfig<Config>>(settings.status());
  if (!loaded.ok()) {
    start.exit_code = ReportConfigError(program, loaded.status());
    return start;
  }
  ConfigureLog(loaded->config.log);
  if (command_line->print_config) {
    PrintText(PrintConfig(list.fields(), loaded->origins, &loaded->config));
    return start;
  }
  start.check_only = command_line->check_config;
  start.loaded = *std::move(loaded);
  return start;
}

}  // namespace tideline
