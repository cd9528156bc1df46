#include "common/config/daemon.h"

#include <cctype>
#include <cstdio>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "common/base/file.h"
#include "common/config/help.h"
#include "common/config/yaml.h"

namespace tideline {
namespace {

constexpr int kUsageError = 2;

std::string OptionHelp(const Field& field, const void* defaults) {
  std::string text = field.help;
  const std::vector<std::string> values = field.get(defaults);
  if (!values.empty() && !values.front().empty()) {
    text += "; default " + values.front();
  }
  return text;
}

// "Cloud" for "cloud.address": the sections of the file are the groups of the help.
std::string GroupOf(const Field& field) {
  const size_t dot = field.path.find('.');
  if (dot == std::string::npos) {
    return "Options";
  }
  std::string group = field.path.substr(0, dot);
  group[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(group[0])));
  return group;
}

std::string Examples(const std::string& name) {
  const std::string file = name.substr(name.rfind('-') + 1) + ".yaml";
  const auto row = [&](const std::string& call, const char* text) {
    return fmt::format("  {:<57}  {}\n", fmt::format(fmt::runtime(call), name, file), text);
  };
  return "Examples:\n" + row("{} --config {}", "run until a signal") +
         row("{} --config {} --check-config", "is all right?") +
         row("{} --config {} --print-config", "what holds") +
         row("TIDELINE_LOG_FORMAT=json {} --config {}", "a log to parse");
}

// What only the environment gives.
std::string SecretHelp(std::span<const Field> fields) {
  std::string text;
  for (const Field& field : fields) {
    if (field.is_secret) {
      text += fmt::format("Only there: {}, {}.\n", field.EnvironmentName(), field.help);
    }
  }
  return text;
}

void AddFieldFlags(CLI::App& app, std::span<const Field> fields, const void* defaults,
                   std::map<std::string, std::string>& values) {
  for (const Field& field : fields) {
    if (field.is_secret) {
      continue;
    }
    const auto store = [&values, &field](const std::string& value) {
      values[field.flag] = field.is_switch && value.empty() ? "true" : value;
    };
    app.add_option_function<std::string>("--" + field.flag, store, OptionHelp(field, defaults))
        ->type_name(field.flag_unit.empty() ? field.type : "number")
        ->group(GroupOf(field))
        ->expected(field.is_switch ? 0 : 1, 1)
        ->take_last();
  }
}

// TIDELINE_* of this process.
std::map<std::string, std::string> Environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (text.starts_with("TIDELINE_") && equals != std::string_view::npos) {
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return variables;
}

}  // namespace

std::string_view DaemonVersion() { return TIDELINE_VERSION; }

std::optional<CommandLine> ParseCommandLine(const DaemonProgram& program,
                                            std::span<const Field> fields, const void* defaults,
                                            std::pair<int, const char* const*> arguments,
                                            int& exit_code) {
  CommandLine line;
  CLI::App app(program.description, program.name);
  app.formatter(HelpFormatter());
  app.footer(
      Examples(program.name) +
      "\nEvery key of the file is a flag, and a variable TIDELINE_KEY of the environment.\n" +
      SecretHelp(fields) +
      "The command line overrides the environment, that the file, that the default.\n"
      "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.");
  app.set_help_flag("-h,--help", "print this and end");
  app.set_version_flag("--version", program.name + " " + TIDELINE_VERSION,
                       "print the version and end");
  app.add_option("--config", line.config_file, "configuration file (YAML)")->type_name("FILE");
  app.add_flag("--check-config", line.check_config, "check the configuration and end");
  app.add_flag("--print-config", line.print_config, "print the effective configuration and end");
  AddFieldFlags(app, fields, defaults, line.flags);
  try {
    app.parse(arguments.first, arguments.second);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;  // --help, --version
    exit_code = asked ? app.exit(error)
                      : ReportConfigError(program, InvalidArgument("{}", UsageError(app, error)));
    return std::nullopt;
  }
  exit_code = 0;
  return line;
}

absl::StatusOr<Settings> ReadSettings(const CommandLine& command_line) {
  Settings settings;
  settings.filename = command_line.config_file;
  settings.environment = Environment();
  settings.flags = command_line.flags;
  if (!settings.filename.empty()) {
    ASSIGN_OR_RETURN(settings.text, ReadFile(settings.filename, kMaxYamlBytes));
  }
  return settings;
}

int ReportConfigError(const DaemonProgram& program, const absl::Status& error) {
  const std::string text = program.name + ": " + std::string(error.message()) + "\n";
  std::fputs(text.c_str(), stderr);
  return kUsageError;
}

void PrintText(const std::string& text) { std::fputs(text.c_str(), stdout); }

}  // namespace tideline
