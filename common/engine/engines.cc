#include "common/engine/engines.h"

#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <sched.h>
#include <system_error>

#include "absl/strings/str_split.h"
#include <fmt/ranges.h>

#include "common/base/strings.h"
#include "common/engine/check.h"
#include "common/engine/configure.h"
#include "common/engine/failing.h"
#include "common/engine/fake.h"
#include "common/engine/fallback.h"
#include "common/engine/module.h"

namespace tideline {
namespace {

constexpr char kAtenModule[] = "engine_aten.so";
constexpr char kOpenVinoModule[] = "engine_openvino.so";
// Turns that libgomp's idle threads wait for work before they sleep. On two virtual cores a run of
// SqueezeNet 1.1 takes 6.3 ms at 500, 5.2 at 900 and at 1500; where another process keeps one of
// the cores busy, it takes 1.7, 2.1 and 2.3 to 2.5 times as long.
constexpr char kShortSpin[] = "900";

// An engine's name is "kind" or "kind:options".
struct EngineEntry {
  std::string kind;
  std::string usage;
  absl::StatusOr<std::shared_ptr<Engine>> (*open)(const std::string& options);
  std::string module = "";  // "" where it is part of the program
};

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

absl::StatusOr<std::filesystem::path> ModulePath(const std::string& module) {
  if (const char* folder = std::getenv("TIDELINE_MODULE_PATH"); folder != nullptr) {
    return std::filesystem::path(folder) / module;
  }
  std::error_code error;
  if (const auto folder = FolderBesideLibrary(); !folder.empty()) {
    return folder / module;
  }
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) {
    return NotFound(
        "engine module {}: cannot tell where the program is ({}); set "
        "TIDELINE_MODULE_PATH to the folder of the modules",
        module, error.message());
  }
  return program.parent_path().parent_path() / "lib" / "tideline" / module;
}

absl::StatusOr<std::filesystem::path> FindModule(const std::string& module) {
  ASSIGN_OR_RETURN(std::filesystem::path path, ModulePath(module));
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return NotFound(
        "engine module {} is not there; install it, or set TIDELINE_MODULE_PATH to the "
        "folder that has {}",
        path.string(), module);
  }
  return path;
}

// Opens `module`; dlopen itself keeps one copy, and nothing closes it before the process ends.
absl::StatusOr<std::shared_ptr<Engine>> OpenModule(const std::string& module) {
  ASSIGN_OR_RETURN(const std::filesystem::path path, FindModule(module));
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return NotFound("engine module {} cannot be opened: {}", path.string(), ::dlerror());
  }
  const auto create =
      reinterpret_cast<TidelineCreateEngineFunction>(::dlsym(library, kCreateEngineSymbol));
  if (create == nullptr) {
    return NotFound("engine module {} has no function {}: it is of another release", path.string(),
                    kCreateEngineSymbol);
  }
  return std::shared_ptr<Engine>(create());
}

absl::StatusOr<std::shared_ptr<Engine>> OpenAten(const std::string& options) {
  ASSIGN_OR_RETURN(std::shared_ptr<Engine> engine, OpenModule(kAtenModule));
  return Configure(std::move(engine), options);
}

absl::StatusOr<std::shared_ptr<Engine>> OpenOpenVino(const std::string& options) {
  ASSIGN_OR_RETURN(std::shared_ptr<Engine> engine, OpenModule(kOpenVinoModule));
  engine = CreateFallbackEngine(std::move(engine), [] { return OpenEngine("aten"); });
  return Configure(std::move(engine), options);
}

absl::StatusOr<std::shared_ptr<Engine>> OpenFake(const std::string& options) {
  ASSIGN_OR_RETURN(const absl::Duration delay, ParseFakeDelay(options));
  return CreateFakeEngine(delay);
}

absl::StatusOr<std::shared_ptr<Engine>> OpenCheck(const std::string& options) {
  const std::vector<std::string> names = absl::StrSplit(options, ',');
  if (names.size() != 2) {
    return InvalidArgument("engine 'check:{}': it takes two engines, check:A,B", options);
  }
  ASSIGN_OR_RETURN(std::shared_ptr<Engine> first, OpenEngine(names[0]));
  ASSIGN_OR_RETURN(std::shared_ptr<Engine> second, OpenEngine(names[1]));
  return CreateCheckEngine({names[0], std::move(first)}, {names[1], std::move(second)});
}

absl::StatusOr<std::shared_ptr<Engine>> OpenFailing(const std::string& options) {
  const size_t comma = options.find(',');
  if (comma == std::string::npos) {
    return InvalidArgument("engine 'failing:{}': it takes runs and an engine, failing:4-9,fake",
                           options);
  }
  ASSIGN_OR_RETURN(const FailingRuns runs, ParseFailingRuns(options.substr(0, comma)));
  ASSIGN_OR_RETURN(std::shared_ptr<Engine> engine, OpenEngine(options.substr(comma + 1)));
  return CreateFailingEngine(std::move(engine), runs);
}

// Every engine there is.
const std::vector<EngineEntry>& Engines() {
  static const auto& engines = *new std::vector<EngineEntry>{
      {"aten", "aten[:OPTION[+OPTION]]", OpenAten, kAtenModule},
      {"openvino", "openvino[:OPTION[+OPTION]]", OpenOpenVino, kOpenVinoModule},
      {"fake", "fake[:DELAY]", OpenFake},
      {"check", "check:A,B", OpenCheck},
      {"failing", "failing:FROM-[TO],ENGINE", OpenFailing},
  };
  return engines;
}

// The entry that `name` begins with.
absl::StatusOr<const EngineEntry*> FindEntry(const std::string& name) {
  const std::string kind = name.substr(0, name.find(':'));
  for (const EngineEntry& engine : Engines()) {
    if (engine.kind == kind) {
      return &engine;
    }
  }
  std::vector<std::string> kinds;
  for (const EngineEntry& engine : Engines()) {
    kinds.push_back(engine.kind);
  }
  return NotFound("engine '{}' does not exist; there are {}{}", name,
                  fmt::join(EngineNames(), ", "), DidYouMean(kind, kinds));
}

int UsableCpus() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  return ::sched_getaffinity(/*pid=*/0, sizeof(cpus), &cpus) == 0 ? std::max(CPU_COUNT(&cpus), 1)
                                                                  : 1;
}

void SetDefault(const char* variable, const std::string& value) {
  ::setenv(variable, value.c_str(), /*overwrite=*/0);
}

}  // namespace

absl::StatusOr<std::shared_ptr<Engine>> OpenEngine(const std::string& name) {
  ASSIGN_OR_RETURN(const EngineEntry* engine, FindEntry(name));
  const size_t colon = name.find(':');
  return engine->open(colon == std::string::npos ? "" : name.substr(colon + 1));
}

absl::Status CheckInstalled(const std::string& name) {
  ASSIGN_OR_RETURN(const EngineEntry* engine, FindEntry(name));
  return engine->module.empty() ? absl::OkStatus() : FindModule(engine->module).status();
}

std::string DefaultEngine() { return FindModule(kAtenModule).ok() ? "aten" : "openvino"; }

std::vector<std::string> EngineNames() {
  std::vector<std::string> names;
  for (const EngineEntry& engine : Engines()) {
    names.push_back(engine.usage);
  }
  return names;
}

void SetEngineThreads(int threads, bool spin) {
  SetDefault("OMP_NUM_THREADS", std::to_string(threads > 0 ? threads : UsableCpus()));
  // Bound threads of two processes on one machine would share a core and leave others idle.
  SetDefault("OMP_PROC_BIND", "false");
  if (!spin) {
    SetDefault("GOMP_SPINCOUNT", kShortSpin);
  }
}

}  // namespace tideline
