#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

// One line of a CSV file. Pure.
namespace tideline {

// The fields of a line, without the blanks around them and the quotes. Errors: InvalidArgument for
// quotes that do not end.
absl::StatusOr<std::vector<std::string>> SplitCsvLine(std::string_view line);

// A finite number, true or false; nullopt for anything else.
std::optional<float> ParseCsvNumber(std::string_view field);

}  // namespace tideline
