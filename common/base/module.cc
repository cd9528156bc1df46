#include "common/base/module.h"

#include <cstdlib>
#include <dlfcn.h>
#include <system_error>

namespace tideline {
namespace {

// lib/tideline where this code is in a library lib/libtideline.so of any program; "" where not.
std::filesystem::path FolderBesideLibrary() {
  ::Dl_info object;
  if (::dladdr(reinterpret_cast<const void*>(&FolderBesideLibrary), &object) == 0) {
    return {};
  }
  std::error_code error;
  const std::filesystem::path library = std::filesystem::canonical(object.dli_fname, error);
  const std::filesystem::path folder = library.parent_path() / "tideline";
  return !error && library.filename().string().starts_with("libtideline.so") &&
                 std::filesystem::is_directory(folder, error)
             ? folder
             : std::filesystem::path();
}

absl::StatusOr<std::filesystem::path> PathOf(const std::string& what, const std::string& name) {
  if (const char* folder = std::getenv("TIDELINE_MODULE_PATH"); folder != nullptr) {
    return std::filesystem::path(folder) / name;
  }
  if (const std::filesystem::path folder = FolderBesideLibrary(); !folder.empty()) {
    return folder / name;
  }
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) {
    return NotFound(
        "{} {}: cannot tell where the program is ({}); set "
        "TIDELINE_MODULE_PATH to the folder of the modules",
        what, name, error.message());
  }
  return program.parent_path().parent_path() / "lib" / "tideline" / name;
}

}  // namespace

absl::StatusOr<std::filesystem::path> FindModule(const std::string& what, const std::string& name) {
  ASSIGN_OR_RETURN(std::filesystem::path path, PathOf(what, name));
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return NotFound(
        "{} {} is not there; install it, or set TIDELINE_MODULE_PATH to the "
        "folder that has {}",
        what, path.string(), name);
  }
  return path;
}

absl::StatusOr<void*> OpenModule(const std::string& what, const std::string& name,
                                 const char* function) {
  ASSIGN_OR_RETURN(const std::filesystem::path path, FindModule(what, name));
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return NotFound("{} {} cannot be opened: {}", what, path.string(), ::dlerror());
  }
  void* found = ::dlsym(library, function);
  if (found == nullptr) {
    return NotFound("{} {} has no function {}: it is of another release", what, path.string(),
                    function);
  }
  return found;
}

}  // namespace tideline
