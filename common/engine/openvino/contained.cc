#include "common/engine/openvino/contained.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <spawn.h>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <openvino/pass/serialize.hpp>

namespace tideline::openvino {
namespace {

constexpr size_t kLongestError = 4096;

// A file in memory that a child process can be given.
class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : descriptor_(::memfd_create(name, MFD_CLOEXEC)) {}
  ~MemoryFile() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int descriptor() const { return descriptor_; }
  // For as long as this object lives.
  std::string path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

 private:
  const int descriptor_;
};

class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  void Give(const MemoryFile& file, CompilerDescriptor as) {
    ::posix_spawn_file_actions_adddup2(&actions_, file.descriptor(), as);
  }
  // Standard output is the daemon's own; what is above ours is none of the child's business.
  void KeepTheRest() {
    ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, kError + 1);
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

struct Files {
  MemoryFile text{"model"};
  MemoryFile weights{"weights"};
  MemoryFile compiled{"compiled"};
  MemoryFile error{"error"};
};

absl::StatusOr<std::string> ProgramPath() {
  Dl_info module;
  if (::dladdr(kCompilerProgram, &module) == 0) {
    return Internal("cannot tell where the module engine_openvino.so is");
  }
  std::error_code error;
  const auto folder = std::filesystem::canonical(module.dli_fname, error).parent_path();
  const std::filesystem::path path = folder / kCompilerProgram;
  if (error || !std::filesystem::exists(path, error)) {
    return NotFound("{} is not there; it belongs to the module engine_openvino.so", path.string());
  }
  return path.string();
}

// The status that waitpid gives.
absl::StatusOr<int> RunProgram(const std::string& path, std::vector<std::string> arguments,
                               const Files& files) {
  FileActions actions;
  actions.Give(files.text, kModelText);
  actions.Give(files.weights, kModelWeights);
  actions.Give(files.compiled, kCompiled);
  actions.Give(files.error, kError);
  actions.KeepTheRest();
  std::vector<char*> argv;
  for (std::string& argument : arguments) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  pid_t child = 0;
  if (const int error = ::posix_spawn(&child, path.c_str(), actions.get(), /*attrp=*/nullptr,
                                      argv.data(), environ);
      error != 0) {
    return Internal("{} cannot be started: {}", path, std::strerror(error));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

absl::Status CheckStatus(int status, const Files& files, uint64_t limit) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    return absl::OkStatus();
  }
  if (WIFSIGNALED(status) || WEXITSTATUS(status) == kExitMemory) {
    return ResourceExhausted(
        "compiling it takes more than the {} bytes of memory_limit{}; raise it, or keep more "
        "frontiers ready so that pieces are smaller",
        limit, WIFSIGNALED(status) ? fmt::format(" (signal {})", WTERMSIG(status)) : "");
  }
  const absl::StatusOr<std::string> text = ReadFile(files.error.path(), kLongestError);
  return Internal("it does not compile: {}", text.ok() ? *text : text.status().ToString());
}

}  // namespace

absl::StatusOr<std::shared_ptr<const MappedFile>> CompileContained(
    const std::shared_ptr<ov::Model>& model, const Device& device, uint64_t limit) {
  ASSIGN_OR_RETURN(const std::string path, ProgramPath());
  const Files files;
  {
    std::ofstream text(files.text.path(), std::ios::binary);
    std::ofstream weights(files.weights.path(), std::ios::binary);
    ov::pass::Serialize(text, weights).run_on_model(model);
    text.close();
    weights.close();
    if (!text || !weights) {
      return ResourceExhausted("no memory to hand the network to {}", kCompilerProgram);
    }
  }
  ASSIGN_OR_RETURN(
      const int status,
      RunProgram(path,
                 {path, device.name, std::to_string(static_cast<int>(device.requested)),
                  std::to_string(device.threads), std::to_string(limit + kCompilerBytes)},
                 files));
  RETURN_IF_ERROR(CheckStatus(status, files, limit));
  return MappedFile::Open(files.compiled.path());
}

}  // namespace tideline::openvino
