#pragma once

#include <string>
#include <string_view>

namespace tideline {

// What is wrong with `text` as XML, with the place; "" where nothing is: tags that close in order,
// attributes in quotes, '&' of known entities alone. For what the report writes, not for all XML.
std::string WhatIsMalformed(std::string_view text);

}  // namespace tideline
