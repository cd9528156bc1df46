#include "partitioner/tool/commands.h"

namespace tideline {

CLI::App* AddCommand(CLI::App& tool, const CommandText& text) {
  CLI::App* app = tool.add_subcommand(text.name, text.summary);
  app->group(text.group);
  app->set_help_flag("-h,--help", "Print this and end");
  app->footer(std::string("Examples:\n") + text.examples);
  return app;
}

void AddEngineThreads(CLI::App& app, int& threads) {
  app.add_option("--threads", threads, "Inside one run; 0: all that the process may use")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
}

}  // namespace tideline
