#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/program/json.h"
#include "common/program/program.h"

// A Program in the words of torch's export schema, version 8: what graph_reader.h and signature.h
// read. Private to common/program.
namespace tideline {

// The name of every value in a file: the value's own, with an underscore for every letter that no
// identifier has, and a number behind where two would then be called the same.
std::vector<std::string> FileNames(const Program& program);

// models/model.json. `names` is FileNames(program); every constant becomes a parameter, called as
// its value.
Json ModelJson(const Program& program, const std::vector<std::string>& names);

}  // namespace tideline
