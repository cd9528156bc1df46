#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace tideline {

// The names of an object's members, in their order.
inline std::vector<std::string> Keys(const nlohmann::ordered_json& json) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) {
    keys.push_back(key);
  }
  return keys;
}

}  // namespace tideline
