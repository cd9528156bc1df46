#include "partitioner/tool/profile_model.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"

#include "common/engine/engines.h"
#include "partitioner/calibrator/interval.h"
#include "partitioner/calibrator/settings.h"
#include "partitioner/profiler/device.h"
#include "partitioner/profiler/engine_timer.h"
#include "partitioner/profiler/power_sampler.h"
#include "partitioner/profiler/worker.h"
#include "partitioner/tool/example_inputs.h"
#include "partitioner/tool/profile_codecs.h"

namespace tideline {
namespace {

constexpr double kCodecPart = 0.5;  // of the bar, compared with an engine
constexpr size_t kMostCompared = 500;
constexpr absl::Duration kIdleTime = absl::Seconds(2);

// On how many of `inputs` two engines name the same class.
absl::StatusOr<int64_t> CountSameClass(const ExampleInputs& inputs,
                                       const std::vector<size_t>& chosen, BenchModel& a,
                                       BenchModel& b) {
  int64_t same = 0;
  for (const size_t index : chosen) {
    ASSIGN_OR_RETURN(const Tensor input, inputs.Read(index));
    ASSIGN_OR_RETURN(const std::vector<Tensor> first, a.RunWhole({&input, 1}));
    ASSIGN_OR_RETURN(const std::vector<Tensor> second, b.RunWhole({&input, 1}));
    same += SameTop1(first, second) ? 1 : 0;
  }
  return same;
}

// Upper bound of what the precision of `engine` costs: from `options.data`, or else from the two
// results of PyTorch's that the model brings along. What names no class has none.
absl::StatusOr<double> AccuracyDrop(const ProfileOptions& options, const ProfiledEngine& engine,
                                    BenchModel& model) {
  if (ShortPrecision(model.Describe().precision) == "f32") {
    return 0;
  }
  const std::optional<ModelInfo>& info = model.files().info;
  if (!info || info->inputs.size() != 1 || info->output.kind != OutputKind::kClassification) {
    return 1;
  }
  if (options.data.empty()) {
    ASSIGN_OR_RETURN(const int same, model.SameClassAsPyTorch());
    return 1 - ShareInterval(same, 2).low;
  }
  ASSIGN_OR_RETURN(const ExampleInputs inputs, ExampleInputs::Open(options.data, info->inputs[0]));
  ASSIGN_OR_RETURN(const std::unique_ptr<BenchModel> exact,
                   BenchModel::Load(options.model, WithoutPrecision(engine.engine),
                                    {.threads = engine.threads}));
  const std::vector<size_t> chosen = EvenlySpread(inputs.size(), kMostCompared);
  ASSIGN_OR_RETURN(const int64_t same, CountSameClass(inputs, chosen, model, *exact));
  return 1 - ShareInterval(same, static_cast<int64_t>(chosen.size())).low;
}

// Adds what a worker measured. Errors: FailedPrecondition where the model was replaced meanwhile.
absl::Status Merge(Profile part, Profile& all) {
  if (!all.engines.empty()) {
    RETURN_IF_ERROR(CheckSameModel(part, all.model));
  }
  all.model = std::move(part.model);
  all.versions.merge(part.versions);
  for (EngineProfile& engine : part.engines) {
    const auto same = std::ranges::find(all.engines, engine.Label(), &EngineProfile::Label);
    if (same == all.engines.end()) {
      all.engines.push_back(std::move(engine));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Profile> RunInWorker(const ProfileOptions& options,
                                    const ProfiledEngine& configuration,
                                    const ProfileReport& report) {
  std::vector<std::string> arguments = {"tideline",     "profile",
                                        options.model,  "--worker",
                                        "--engines",    configuration.engine,
                                        "--threads",    std::to_string(configuration.threads),
                                        "--cuts",       options.cuts,
                                        "--seconds",    std::to_string(options.seconds),
                                        "--pause",      std::to_string(options.pause),
                                        "--power-root", options.power_root};
  if (!options.data.empty()) {
    arguments.insert(arguments.end(), {"--data", options.data});
  }
  if (!options.cache.empty()) {
    arguments.insert(arguments.end(), {"--cache", options.cache});
  }
  ASSIGN_OR_RETURN(const std::string text, RunWorker(arguments, kMaxProfileBytes, report));
  return ParseProfile(text, configuration.ToString());
}

// What the sensors said, else what was declared.
Power PowerOf(const ProfileOptions& options, const std::string& source,
              const std::optional<double>& idle, const Profile& profile) {
  Power power{.radio_watts = options.radio_watts};
  if (!profile.engines.empty() && profile.engines.front().watts) {
    power.source = source;
    power.compute_watts = profile.engines.front().watts;
    power.idle_watts = options.idle_watts ? options.idle_watts : idle;
  } else if (options.watts) {
    power.source = "declared";
    power.compute_watts = options.watts;
    power.idle_watts = options.idle_watts;
  }
  return power;
}

// Of a machine that does nothing; nullopt where nobody knows.
std::optional<double> IdleWatts(PowerMeter& meter) {
  if (meter.source() == "unknown") {
    return std::nullopt;
  }
  PowerSampler power(meter);
  absl::SleepFor(kIdleTime);
  return power.Stop();
}

// Whether the model is there, and takes the inputs that are given.
absl::Status CheckModel(const ProfileOptions& options) {
  ASSIGN_OR_RETURN(const ModelFiles files, FindModel(options.model));
  if (options.data.empty()) {
    return absl::OkStatus();
  }
  if (!files.info || files.info->inputs.size() != 1) {
    return InvalidArgument("--data {}: {} has no {}, or not one input", options.data, options.model,
                           kModelInfoFile);
  }
  return ExampleInputs::Open(options.data, files.info->inputs[0]).status();
}

}  // namespace

absl::StatusOr<Profile> MeasureInWorker(const ProfileOptions& options,
                                        const ProfileReport& report) {
  ASSIGN_OR_RETURN(const std::vector<ProfiledEngine> configurations, EnginesOf(options));
  const ProfiledEngine& configuration = configurations.front();
  SetEngineThreads(configuration.threads, /*spin=*/false);
  const EngineOptions engine_options{.threads = configuration.threads,
                                     .cache_folder = options.cache};
  ASSIGN_OR_RETURN(const std::unique_ptr<BenchModel> model,
                   BenchModel::Load(options.model, configuration.engine, engine_options));
  EngineTiming timing{.engine = configuration.engine,
                      .options = engine_options,
                      .time = absl::Seconds(options.seconds),
                      .pause = absl::Seconds(options.pause)};
  ASSIGN_OR_RETURN(const std::vector<Frontier> cuts, CutsOf(options, *model));
  for (const Frontier& cut : cuts) {
    timing.cuts.push_back(cut.name);
  }
  PowerMeter meter = PowerMeter::Find(options.power_root);
  const EngineDescription engine = model->Describe();
  ASSIGN_OR_RETURN(EngineProfile measured, TimeEngine(*model, timing, meter, report));
  ASSIGN_OR_RETURN(measured.accuracy_drop, AccuracyDrop(options, configuration, *model));
  Profile profile{.device = "worker", .cpu = "worker", .governor = "worker"};
  profile.versions[engine.engine] = engine.version;
  profile.model = model->Identity();
  profile.engines.push_back(std::move(measured));
  return profile;
}

absl::StatusOr<Profile> MeasureProfile(const ProfileOptions& options, const std::string& tideline,
                                       const ProfileReport& report,
                                       std::vector<std::string>& notes) {
  RETURN_IF_ERROR(CheckModel(options));
  RETURN_IF_ERROR(ParseCodecs(options.codecs, /*images=*/false).status());
  RETURN_IF_ERROR(ParseCodecs(options.image_codecs, /*images=*/true).status());
  ASSIGN_OR_RETURN(const std::vector<ProfiledEngine> configurations, EnginesOf(options));
  const double steps = kCodecPart + static_cast<double>(configurations.size());
  const DeviceInfo device = DescribeDevice(options.power_root);
  PowerMeter meter = PowerMeter::Find(options.power_root);
  const std::optional<double> idle = IdleWatts(meter);
  Profile profile{.device = device.device, .cpu = device.cpu, .governor = device.governor};
  profile.versions = {{"tideline", tideline}, {"linux", device.kernel}};

  const ProfiledEngine* first = nullptr;
  for (size_t i = 0; i < configurations.size(); ++i) {
    const std::string name = configurations[i].ToString();
    const auto part = [&](double done, const std::string& label) {
      report((static_cast<double>(i) + done) / steps, name + ": " + label);
    };
    absl::StatusOr<Profile> measured = RunInWorker(options, configurations[i], part);
    if (absl::IsUnimplemented(measured.status()) && options.engines.empty()) {
      notes.push_back(fmt::format("{}: {}", name, std::string(measured.status().message())));
      continue;
    }
    RETURN_IF_ERROR(measured.status());
    first = first == nullptr ? &configurations[i] : first;
    RETURN_IF_ERROR(Merge(*std::move(measured), profile));
  }
  if (first == nullptr) {
    return Unimplemented("no engine here runs this network: {}", notes.front());
  }

  SetEngineThreads(first->threads, /*spin=*/false);
  ASSIGN_OR_RETURN(const std::unique_ptr<BenchModel> model,
                   BenchModel::Load(options.model, first->engine,
                                    {.threads = first->threads, .cache_folder = options.cache}));
  const auto part = [&](double done, const std::string& label) {
    report((steps - kCodecPart * (1 - done)) / steps, label);
  };
  ASSIGN_OR_RETURN(profile.codecs, MeasureCodecs(options, *model, part));
  ASSIGN_OR_RETURN(profile.input, MeasureInput(*model));
  profile.power = PowerOf(options, meter.source(), idle, profile);
  if (!profile.power.compute_watts) {
    notes.push_back("power: no sensor can be read; say --watts, or energy stays unknown");
  }
  return profile;
}

}  // namespace tideline
