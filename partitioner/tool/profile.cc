#include "partitioner/planner/profile.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include <nlohmann/json.hpp>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "partitioner/profiler/compare.h"
#include "partitioner/profiler/worker.h"
#include "partitioner/tool/answer.h"
#include "partitioner/tool/commands.h"
#include "partitioner/tool/profile_exchange.h"
#include "partitioner/tool/profile_model.h"
#include "partitioner/tool/profile_tables.h"
#include "partitioner/tool/progress.h"

namespace tideline {
namespace {

constexpr double kNsPerMs = 1e6;

constexpr char kExamples[] =
    R"(  tideline profile models/photos --out edge.json      measure this machine
  tideline profile --compare edge.json cloud.json     how much faster is one?
  tideline profile models/photos --from tcp://cloud.example:5600 \
    --server-key keys/cloud.key --secret keys/edge-1.secret --out cloud.json
  tideline profile models/photos --serve tcp://0.0.0.0:5600 \
    --secret keys/cloud.secret --allow allowed --out cloud.json)";

struct Options : ProfileOptions {
  std::string out = "profile.json";
  std::vector<std::string> compare;
  ProfileSource from;
  std::string serve;  // an address
  std::string allow;
  bool worker = false;
  bool json = false;
};

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
  Answer answer;
  ShowProfile(profile, answer);
  answer.Summarize({{"profile", "fetched"}, {"model", profile.model.name}, {"out", options.out}},
                   /*line=*/false);
  return answer.Print(options.json);
}

// Into the file that --out names.
absl::StatusOr<Answer> Measure(const Options& options, const std::string& version) {
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
  Answer answer;
  ShowProfile(*profile, answer);
  for (const std::string& note : notes) {
    answer.Say(note + "\n");
  }
  answer.Summarize(ToJson(*profile, options, absl::ToDoubleSeconds(clock.Now() - begin)));
  return answer;
}

// `answer` is what programs have not read yet: with what is served it is one document.
absl::Status Serve(const Options& options, Answer answer) {
  return ServeFile(Served(options), [&](const std::string& address, const std::string& model) {
    answer.Add({{"serve", "ready"}, {"address", address}, {"model", model}});
    answer.PrintLine().IgnoreError();
  });
}

// For Measure's other process: everything on stdout, errors too.
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
  return DescribeComparison(first, second, comparison).Print(options.json);
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
  Answer answer;
  if (!options.model.empty()) {
    ASSIGN_OR_RETURN(answer, Measure(options, version));
  }
  if (options.serve.empty()) {
    return answer.Print(options.json);
  }
  if (!options.json) {
    RETURN_IF_ERROR(answer.Print(/*json=*/false));
    answer = {};
  }
  return Serve(options, std::move(answer));
}

void AddExchange(CLI::App& app, Options& options) {
  app.add_option("--serve", options.serve,
                 "tcp://HOST:PORT: serve the profile in --out there, behind measuring where MODEL "
                 "is given, until it is stopped; for a machine where no daemon runs")
      ->type_name("ADDRESS")
      ->excludes(app.add_option("--from", options.from.address,
                                "tcp://HOST:PORT: fetch the profile of the machine there, and "
                                "measure nothing")
                     ->type_name("ADDRESS"));
  app.add_option("--server-key", options.from.server_key, "Public key of that machine")
      ->type_name("FILE");
  app.add_option("--secret", options.from.secret,
                 "Secret key: one that it lets in, or, with --serve, of this machine")
      ->type_name("FILE");
  app.add_option("--allow", options.allow,
                 "Folder with the public keys that --serve lets in, one NAME.key each")
      ->type_name("FOLDER");
}

}  // namespace

Command AddProfile(CLI::App& tool) {
  auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(
      tool,
      {"profile", kMeasureGroup, "Time, memory and power of a network on this machine", kExamples});
  app->add_option("MODEL", options->model, "A version folder or a model folder");
  app->add_option("--out", options->out, "The profile, JSON")
      ->type_name("FILE")
      ->capture_default_str();
  app->add_option("--compare", options->compare, "Ratios of two profiles, B / A, and no measuring")
      ->expected(2)
      ->type_name("A B");
  app->add_option("--engines", options->engines,
                  "With commas between: aten,aten:bf16,openvino; all that are installed")
      ->type_name("ENGINES");
  app->add_option("--threads", options->threads,
                  "Numbers with commas between; 0: all that the process may use")
      ->type_name("NUMBERS")
      ->capture_default_str();
  app->add_option("--cuts", options->cuts,
                  "How many are measured, evenly spread over the work; 'all'; or names with commas "
                  "between. What lies between is shared out by the engine's counters")
      ->type_name("CUTS")
      ->capture_default_str();
  app->add_option("--codecs", options->codecs,
                  "Settings for cut tensors; those of the calibration, or a choice where there is "
                  "none, and what is planned without one")
      ->type_name("CODECS");
  app->add_option("--image-codecs", options->image_codecs, "Settings for the cut 'input'; likewise")
      ->type_name("CODECS");
  app->add_option("--data", options->data,
                  "A folder or a glob of images, or an .npy array of inputs: what less precise "
                  "engines are compared with float32 on")
      ->type_name("INPUTS");
  app->add_option("--seconds", options->seconds, "Per engine and number of threads, warm-up apart")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  app->add_option("--pause", options->pause,
                  "Seconds of rest before each run, as between requests that come one by one: a "
                  "device that saves power, or that has a CPU quota, then takes another time")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
  app->add_option("--cache", options->cache,
                  "A folder that keeps what openvino compiles, for the next time; as engine.cache "
                  "of tideline-edge, which may share it")
      ->type_name("FOLDER");
  app->add_option("--power-root", options->power_root,
                  "Where sys/class has the sensors: hwmon, INA3221, RAPL")
      ->type_name("FOLDER")
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
  AddJsonFlag(*app, options->json);
  app->add_flag("--worker", options->worker)->group("");  // hidden: what RunWorker calls
  return {app, [options, &tool] { return RunProfile(*options, tool.version()); }};
}

}  // namespace tideline
