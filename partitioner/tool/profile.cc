#include "partitioner/planner/profile.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

#include "absl/time/time.h"
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "partitioner/profiler/compare.h"
#include "partitioner/profiler/worker.h"
#include "partitioner/tool/commands.h"
#include "partitioner/tool/profile_exchange.h"
#include "partitioner/tool/profile_model.h"
#include "partitioner/tool/progress.h"
#include "partitioner/tool/table.h"

namespace tideline {
namespace {

constexpr double kNsPerMs = 1e6;

struct Options : ProfileOptions {
  std::string out = "profile.json";
  std::vector<std::string> compare;
  ProfileSource from;
  std::string serve;  // an address
  std::string allow;
  bool worker = false;
};

std::string Milliseconds(const Estimate& ns) { return fmt::format("{:.3f}", ns.median / kNsPerMs); }

std::string MillisecondRange(const Estimate& ns) {
  return fmt::format("{:.3f} to {:.3f}", ns.low / kNsPerMs, ns.high / kNsPerMs);
}

// Before anything is measured. Errors: NotFound without the folder, InvalidArgument where nothing
// can be written there.
absl::Status CheckWritable(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(path).has_parent_path() ? fs::path(path).parent_path() : ".";
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return NotFound("--out {}: folder {} does not exist", path, folder.string());
  }
  if (fs::is_directory(path, error) || ::access(folder.c_str(), W_OK) != 0) {
    return InvalidArgument("--out {}: cannot be written; give a file in a folder of yours", path);
  }
  return absl::OkStatus();
}

void PrintProfile(const Profile& profile) {
  fmt::print("{} on {} ({}), governor {}\n\n", profile.model.name, profile.device, profile.cpu,
             profile.governor);
  Table table({{"engine"},
               {"whole ms", Align::kRight},
               {"95 % interval", Align::kRight},
               {"cuts", Align::kRight},
               {"quiet rounds", Align::kRight},
               {"resident", Align::kRight},
               {"watts", Align::kRight},
               {"accuracy lost at most", Align::kRight}});
  for (const EngineProfile& engine : profile.engines) {
    table.AddRow(
        {engine.Label(), Milliseconds(engine.whole_ns), MillisecondRange(engine.whole_ns),
         std::to_string(engine.cuts.size()),
         fmt::format("{} of {}", engine.quiet_rounds, engine.quiet_rounds + engine.dropped_rounds),
         HumanBytes(engine.memory_bytes),
         engine.watts ? fmt::format("{:.1f}", *engine.watts) : "unknown",
         fmt::format("{:.0f} %", 100 * engine.accuracy_drop)});
  }
  fmt::print("{}\n", table.ToString());
}

nlohmann::ordered_json ToJson(const Profile& profile, const Options& options, double seconds) {
  nlohmann::ordered_json json = {{"profile", "ok"},
                                 {"model", profile.model.name},
                                 {"out", options.out},
                                 {"seconds", seconds},
                                 {"codecs", profile.codecs.size()},
                                 {"power", profile.power.source},
                                 {"engines", nlohmann::ordered_json::array()}};
  for (const EngineProfile& engine : profile.engines) {
    json["engines"].push_back({{"engine", engine.Label()},
                               {"whole_ms", engine.whole_ns.median / kNsPerMs},
                               {"cuts", engine.cuts.size()},
                               {"quiet_rounds", engine.quiet_rounds},
                               {"dropped_rounds", engine.dropped_rounds},
                               {"rss_mb", static_cast<double>(engine.memory_bytes) / 1e6}});
  }
  return json;
}

ServedFile Served(const Options& options) {
  return {.path = options.out,
          .address = options.serve,
          .secret = options.from.secret,
          .allow = options.allow};
}

absl::Status RunFetch(const Options& options) {
  RETURN_IF_ERROR(CheckWritable(options.out));
  ASSIGN_OR_RETURN(const Profile profile, FetchIntoFile(options.model, options.from, options.out));
  PrintProfile(profile);
  return absl::OkStatus();
}

absl::Status RunMeasure(const Options& options, const std::string& version) {
  RETURN_IF_ERROR(CheckWritable(options.out));
  const SystemClock clock;
  const MonotonicTime begin = clock.Now();
  std::vector<std::string> notes;
  absl::StatusOr<Profile> profile;
  {
    constexpr size_t kSteps = 1000;
    Progress progress(kSteps);
    const auto report = [&](double done, const std::string& label) {
      progress.Show(static_cast<size_t>(done * kSteps), label);
    };
    profile = MeasureProfile(options, version, report, notes);
  }
  RETURN_IF_ERROR(profile.status());
  RETURN_IF_ERROR(WriteFileAtomically(options.out, FormatProfile(*profile)));
  PrintProfile(*profile);
  for (const std::string& note : notes) {
    fmt::print("{}\n", note);
  }
  fmt::print("{}\n", ToJson(*profile, options, absl::ToDoubleSeconds(clock.Now() - begin))
                         .dump(/*indent=*/-1, ' ', /*ensure_ascii=*/false,
                               nlohmann::ordered_json::error_handler_t::replace));
  return absl::OkStatus();
}

// For RunMeasure's other process: everything on stdout, errors too.
absl::Status RunAsWorker(const Options& options) {
  const absl::StatusOr<Profile> profile = MeasureInWorker(
      options,
      [](double done, const std::string& label) { WriteProgress(done, label, std::cout); });
  WriteResult(
      profile.ok() ? absl::StatusOr<std::string>(FormatProfile(*profile)) : profile.status(),
      std::cout);
  return absl::OkStatus();
}

absl::StatusOr<Profile> ReadProfile(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxProfileBytes));
  return ParseProfile(text, path);
}

absl::Status RunCompare(const Options& options) {
  ASSIGN_OR_RETURN(const Profile first, ReadProfile(options.compare[0]));
  ASSIGN_OR_RETURN(const Profile second, ReadProfile(options.compare[1]));
  ASSIGN_OR_RETURN(const Comparison comparison, CompareProfiles(first, second));
  fmt::print("{}: A = {} ({}), B = {} ({})\n\n", first.model.name, first.device, first.cpu,
             second.device, second.cpu);
  Table table({{"engine"},
               {"cut"},
               {""},
               {"A ms", Align::kRight},
               {"B ms", Align::kRight},
               {"B / A", Align::kRight},
               {"95 % interval", Align::kRight}});
  for (const ComparedTime& time : comparison.times) {
    table.AddRow({time.engine.empty() ? "codec" : time.engine, Shorten(time.cut, 36), time.what,
                  Milliseconds(time.first_ns), Milliseconds(time.second_ns),
                  fmt::format("{:.3f}", time.ratio.median),
                  fmt::format("{:.3f} to {:.3f}", time.ratio.low, time.ratio.high)});
  }
  fmt::print("{}\n", table.ToString());
  for (const auto& [name, engines] :
       {std::pair("A", &comparison.only_first), std::pair("B", &comparison.only_second)}) {
    if (!engines->empty()) {
      fmt::print("Only in {}: {}\n", name, fmt::join(*engines, ", "));
    }
  }
  return absl::OkStatus();
}

absl::Status RunProfile(const Options& options, const std::string& version) {
  if (options.worker) {
    return RunAsWorker(options);
  }
  if (!options.compare.empty()) {
    return options.model.empty()
               ? RunCompare(options)
               : InvalidArgument("profile: --compare A B takes two profiles and no MODEL");
  }
  if (!options.serve.empty()) {
    RETURN_IF_ERROR(CheckServed(Served(options)));
  }
  if (options.model.empty() && options.serve.empty()) {
    return InvalidArgument("profile: MODEL is required; see tideline profile --help");
  }
  if (!options.from.address.empty()) {
    return RunFetch(options);
  }
  if (!options.model.empty()) {
    RETURN_IF_ERROR(RunMeasure(options, version));
  }
  return options.serve.empty() ? absl::OkStatus() : ServeFile(Served(options));
}

void AddExchange(CLI::App& app, Options& options) {
  app.add_option("--serve", options.serve,
                 "tcp://HOST:PORT: serve the profile in --out there, behind measuring where MODEL "
                 "is given, until it is stopped; for a machine where no daemon runs")
      ->excludes(app.add_option("--from", options.from.address,
                                "tcp://HOST:PORT: fetch the profile of the machine there, and "
                                "measure nothing"));
  app.add_option("--server-key", options.from.server_key, "Public key of that machine");
  app.add_option("--secret", options.from.secret,
                 "Secret key: one that it lets in, or, with --serve, of this machine");
  app.add_option("--allow", options.allow,
                 "Folder with the public keys that --serve lets in, one NAME.key each");
}

}  // namespace

Command AddProfile(CLI::App& tool) {
  auto options = std::make_shared<Options>();
  CLI::App* app = tool.add_subcommand(
      "profile", "Measure a network on this machine, for the planner: times, memory, power");
  app->add_option("MODEL", options->model, "A version folder or a model folder");
  app->add_option("--out", options->out, "The profile, JSON")->capture_default_str();
  app->add_option("--compare", options->compare, "Ratios of two profiles, B / A, and no measuring")
      ->expected(2)
      ->type_name("A B");
  app->add_option("--engines", options->engines,
                  "With commas between: aten,aten:bf16,openvino; all that are installed");
  app->add_option("--threads", options->threads,
                  "Numbers with commas between; 0 = all that the process may use")
      ->capture_default_str();
  app->add_option("--cuts", options->cuts,
                  "How many are measured, evenly spread over the work; 'all'; or names with commas "
                  "between. What lies between is shared out by the engine's counters")
      ->capture_default_str();
  app->add_option("--codecs", options->codecs,
                  "Settings for cut tensors; those of the calibration, or a choice where there is "
                  "none, and what is planned without one");
  app->add_option("--image-codecs", options->image_codecs,
                  "Settings for the cut 'input'; likewise");
  app->add_option("--data", options->data,
                  "A folder or a glob of images, or an .npy array of inputs: what less precise "
                  "engines are compared with float32 on");
  app->add_option("--seconds", options->seconds, "Per engine and number of threads, warm-up apart")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  app->add_option("--cache", options->cache,
                  "A folder that keeps what openvino compiles, for the next time; as engine.cache "
                  "of tideline-edge, which may share it");
  app->add_option("--power-root", options->power_root,
                  "Where sys/class has the sensors: hwmon, INA3221, RAPL")
      ->capture_default_str();
  for (const auto& [name, watts, text] :
       {std::tuple("--watts", &options->watts,
                   "Declared: what it draws while it computes, where "
                   "no sensor tells"),
        std::tuple("--idle-watts", &options->idle_watts, "Declared: while it waits"),
        std::tuple("--radio-watts", &options->radio_watts, "Declared: while it sends")}) {
    app->add_option(name, *watts, text)->check(CLI::Range(0.0, 1e5));
  }
  AddExchange(*app, *options);
  app->add_flag("--worker", options->worker)->group("");  // hidden: what RunWorker calls
  return {app, [options, &tool] { return RunProfile(*options, tool.version()); }};
}

}  // namespace tideline
