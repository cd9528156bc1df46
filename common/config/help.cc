#include "common/config/help.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_split.h"
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/base/strings.h"

namespace tideline {
namespace {

constexpr size_t kColumns = 80;
constexpr size_t kIndent = 2;
constexpr size_t kTextColumn = 26;

// Words with the blank behind them; a list without blanks may be broken after its commas.
std::vector<std::string> Words(const std::string& text) {
  constexpr size_t kLongest = kColumns - kTextColumn;
  std::vector<std::string> words;
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const std::vector<std::string> parts = absl::StrSplit(word, ',');
    if (word.size() <= kLongest) {
      words.emplace_back(word);
    } else {
      for (size_t i = 0; i < parts.size(); ++i) {
        words.push_back(parts[i] + (i + 1 < parts.size() ? "," : ""));
      }
    }
    words.back() += ' ';
  }
  return words;
}

// `text` for a line of which `column` letters are written; its next lines after `indent` blanks.
std::string Wrap(const std::string& text, size_t column, size_t indent) {
  std::string out;
  for (const std::string& word : Words(text)) {
    if (!out.empty() && column + word.find_last_not_of(' ') + 1 > kColumns) {
      out.erase(out.find_last_not_of(' ') + 1);
      out += "\n" + std::string(indent, ' ');
      column = indent;
    }
    out += word;
    column += word.size();
  }
  out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

// "  name          text", the text below the name where that is long.
std::string Entry(const std::string& name, const std::string& text) {
  std::string out = std::string(kIndent, ' ') + name;
  if (out.size() + kIndent > kTextColumn) {
    out += '\n' + std::string(kTextColumn, ' ');
  } else {
    out.resize(kTextColumn, ' ');
  }
  return out + Wrap(text, kTextColumn, kTextColumn) + "\n";
}

// CLI11 appends what its checks say to the type: "INT:INT in [0 - 1024]".
std::string TypeName(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::string name = type.substr(0, type.find(':'));
  return name == "INT" || name == "UINT" || name == "FLOAT" ? "N" : name;
}

class Formatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    std::string help = make_description(app) + "\n" + make_usage(app, std::move(name));
    help += make_subcommands(app, mode) + make_positionals(app);
    for (const std::string& group : app->get_groups()) {
      const std::vector<const CLI::Option*> options =
          app->get_options([&](const CLI::Option* option) {
            return option->get_group() == group && option->nonpositional();
          });
      if (!group.empty() && !options.empty()) {
        help += make_group(group, /*is_positional=*/false, options);
      }
    }
    const std::string footer = make_footer(app);
    return footer.empty() ? help : help + "\n" + footer;
  }

  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string usage = "Usage: " + name;
    for (const CLI::Option* option :
         app->get_options([](const CLI::Option* each) { return each->get_positional(); })) {
      usage += " " + make_option_usage(option);
    }
    usage += app->get_require_subcommand_min() > 0 ? " COMMAND" : "";
    return usage + " [OPTION...]\n";
  }

  std::string make_subcommand(const CLI::App* sub) const override {
    return Entry(sub->get_name(), sub->get_description());
  }

  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    std::string name = make_option_name(option, is_positional);
    if (!is_positional && option->get_type_size() != 0 && !option->get_type_name().empty()) {
      name += " " + TypeName(*option);
    }
    std::string text = option->get_description();
    if (option->get_required() && !is_positional) {
      text += " (required)";
    } else if (!option->get_default_str().empty()) {
      text += fmt::format(" (default {})", option->get_default_str());
    }
    return Entry(name, text);
  }

  std::string make_description(const CLI::App* app) const override {
    return Wrap(app->get_description(), /*column=*/0, /*indent=*/0) + "\n";
  }
};

std::string JoinLines(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

// What the command line has that the program has not; "" where that is not what is wrong.
std::string Unknown(const CLI::App& app) {
  const std::vector<std::string> rest = app.remaining(/*recurse=*/true);
  const auto option =
      std::ranges::find_if(rest, [](const std::string& word) { return word.starts_with("-"); });
  std::vector<std::string> known;
  if (option != rest.end()) {
    const std::string name = option->substr(0, option->find('='));
    for (const CLI::Option* each : app.get_options()) {
      known.push_back(each->get_name());
    }
    return fmt::format("there is no option '{}'{}", name, DidYouMean(name, known));
  }
  if (rest.empty() || app.get_require_subcommand_min() == 0) {
    return rest.empty() ? "" : fmt::format("'{}' is one word too many", rest.front());
  }
  for (const CLI::App* each : app.get_subcommands({})) {
    known.push_back(each->get_name());
  }
  return fmt::format("there is no command '{}'{}", rest.front(), DidYouMean(rest.front(), known));
}

}  // namespace

std::shared_ptr<CLI::FormatterBase> HelpFormatter() { return std::make_shared<Formatter>(); }

std::string UsageError(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  const CLI::App& called = chosen.empty() ? app : *chosen.front();
  const std::string program =
      chosen.empty() ? app.get_name() : app.get_name() + " " + called.get_name();
  std::string text = Unknown(called);
  if (text.empty() && called.get_require_subcommand_min() > 0) {
    text = "a command is missing";
  }
  if (text.empty()) {
    text = JoinLines(error.what());
  }
  return text + (text.ends_with("?") ? " See " : "; see ") + program + " --help";
}

}  // namespace tideline
