#include "common/engine/engines.h"

#include <algorithm>
#include <cstdlib>
#include <sched.h>

#include "absl/strings/str_split.h"
#include <fmt/ranges.h>

#include "common/base/module.h"
#include "common/base/strings.h"
#include "common/engine/check.h"
#include "common/engine/configure.h"
#include "common/engine/failing.h"
#include "common/engine/fake.h"
#include "common/engine/fallback.h"
#include "common/engine/module.h"

namespace tideline {
namespace {

constexpr char kModule[] = "engine module";
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
  bool compiles = false;
};

// Opens `module`; dlopen itself keeps one copy, and nothing closes it before the process ends.
absl::StatusOr<std::shared_ptr<Engine>> OpenEngineModule(const std::string& module) {
  ASSIGN_OR_RETURN(void* function, OpenModule(kModule, module, kCreateEngineSymbol));
  const auto create = reinterpret_cast<TidelineCreateEngineFunction>(function);
  return std::shared_ptr<Engine>(create());
}

absl::StatusOr<std::shared_ptr<Engine>> OpenAten(const std::string& options) {
  ASSIGN_OR_RETURN(std::shared_ptr<Engine> engine, OpenEngineModule(kAtenModule));
  return Configure(std::move(engine), options);
}

absl::StatusOr<std::shared_ptr<Engine>> OpenOpenVino(const std::string& options) {
  ASSIGN_OR_RETURN(std::shared_ptr<Engine> engine, OpenEngineModule(kOpenVinoModule));
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
      {"openvino", "openvino[:OPTION[+OPTION]]", OpenOpenVino, kOpenVinoModule, /*compiles=*/true},
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
  return engine->module.empty() ? absl::OkStatus() : FindModule(kModule, engine->module).status();
}

std::string DefaultEngine() { return FindModule(kModule, kAtenModule).ok() ? "aten" : "openvino"; }

bool Compiles(const std::string& name) {
  const absl::StatusOr<const EngineEntry*> engine = FindEntry(name);
  return engine.ok() && (*engine)->compiles;
}

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
