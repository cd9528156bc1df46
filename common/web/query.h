#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace tideline {

using WebQuery = std::map<std::string, std::string, std::less<>>;

// Reads "a=1&b=two%20words" into its parameters, which are all among `known`. Pure.
// Errors: InvalidArgument for a name that is not known or comes twice, and for a '%' that means
// nothing.
absl::StatusOr<WebQuery> ParseQuery(std::string_view query,
                                    std::initializer_list<std::string_view> known);

}  // namespace tideline
