#include "common/config/daemon.h"

#include <cstdio>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "common/base/file.h"
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

void AddFieldFlags(CLI::App& app, std::span<const Field> fields, const void* defaults,
                   std::map<std::string, std::string>& values) {
  for (const Field& field : fields) {
    const auto store = [&values, &field](const std::string& value) {
      values[field.flag] = field.is_switch && value.empty() ? "true" : value;
    };
    app.add_option_function<std::string>("--" + field.flag, store, OptionHelp(field, defaults))
        ->type_name(field.flag_unit.empty() ? field.type : "number")
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
  app.footer(
      "Every key of the file is a flag and a variable TIDELINE_KEY of the environment too. The "
      "command line\noverrides the environment, that the file, that the default.");
  app.set_version_flag("--version", program.name + " " + TIDELINE_VERSION);
  app.add_option("--config", line.config_file, "configuration file (YAML)")->type_name("file");
  app.add_flag("--check-config", line.check_config, "check the configuration and end");
  app.add_flag("--print-config", line.print_config, "print the effective configuration and end");
  AddFieldFlags(app, fields, defaults, line.flags);
  try {
    app.parse(arguments.first, arguments.second);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? 0 : kUsageError;
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
