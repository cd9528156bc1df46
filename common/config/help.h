#pragma once

#include <memory>
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): the name that CLI11 has
class App;
class FormatterBase;
class ParseError;
}  // namespace CLI

// How every program of Tideline talks about its command line.
namespace tideline {

// Help in at most 80 columns: what it does, how it is called, its commands, its options by group,
// and the footer as it is.
std::shared_ptr<CLI::FormatterBase> HelpFormatter();

// What is wrong with a command line that `app` refused, the nearest name, and where help is; one
// line without the program's name and the end of the line.
std::string UsageError(const CLI::App& app, const CLI::ParseError& error);

}  // namespace tideline
