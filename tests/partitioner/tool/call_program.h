#pragma once

#include <array>
#include <cstdio>
#include <string>
#include <sys/wait.h>

namespace tideline {

// How a program ended and what it wrote.
struct Called {
  int exit_code = -1;
  std::string out;  // stdout
};

// Runs `command` by the shell, to its end.
inline Called CallProgram(const std::string& command) {
  Called called;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  while (const size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    called.out.append(buffer.data(), count);
  }
  called.exit_code = WEXITSTATUS(::pclose(pipe));
  return called;
}

}  // namespace tideline
