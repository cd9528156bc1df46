#pragma once

#include <filesystem>
#include <string>

#include "common/base/status.h"

// Modules: shared objects opened at run time. They are in the folder that TIDELINE_MODULE_PATH
// names, in `tideline` beside libtideline.so where this code is in it, or in lib/tideline beside
// the program's folder.
namespace tideline {

// Where module NAME.so is. `what` it is begins the error's text. Errors: NotFound.
absl::StatusOr<std::filesystem::path> FindModule(const std::string& what, const std::string& name);

// The C function `function` of the module, which stays open until the process ends. Blocks.
// Errors: NotFound, also for a module of another release.
absl::StatusOr<void*> OpenModule(const std::string& what, const std::string& name,
                                 const char* function);

}  // namespace tideline
