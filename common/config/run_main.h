#pragma once

#include <exception>

#include "common/telemetry/log.h"

namespace tideline {

// Calls a daemon's main. What a library throws, as where there are no file descriptors left, ends
// the process as every other error does: logged, with exit code 1.
inline int RunMain(int (*main)(int, char**), int argc, char** argv) {
  try {
    return main(argc, argv);
  } catch (const std::exception& error) {
    Log(LogLevel::kError, "failed", {{"reason", error.what()}});
    return 1;
  }
}

}  // namespace tideline
