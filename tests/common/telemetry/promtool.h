#pragma once

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

namespace tideline {

// What `promtool check metrics` says of a text; "" where it has nothing to say, nullopt where the
// program is not here.
inline std::optional<std::string> PromtoolSays(const std::string& text, const std::string& folder) {
  if (std::system("command -v promtool >/dev/null") != 0) {
    return std::nullopt;
  }
  const std::string path = folder + "metrics.txt";
  std::ofstream(path) << text;
  std::FILE* pipe = popen(("promtool check metrics <" + path + " 2>&1").c_str(), "r");
  std::string said;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    said += static_cast<char>(c);
  }
  const int status = pclose(pipe);
  return status == 0 || !said.empty() ? said : "it ended with " + std::to_string(status);
}

}  // namespace tideline
