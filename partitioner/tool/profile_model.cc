#include "partitioner/tool/profile_model.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

#include "common/engine/engines.h"
#include "partitioner/calibrator/interval.h"
#include "partitioner/profiler/choose_cuts.h"
#include "partitioner/profiler/codec_timer.h"
#include "partitioner/profiler/device.h"
#include "partitioner/profiler/engine_timer.h"
#include "partitioner/profiler/power_sampler.h"
#include "partitioner/profiler/worker.h"

namespace tideline {
namespace {

constexpr double kCodecPart = 0.5;  // of the bar, compared with an engine
constexpr absl::Duration kCodecTime = absl::Milliseconds(60);
constexpr absl::Duration kIdleTime = absl::Seconds(2);
constexpr char kInputCodecs[] = "fp32,fp16,int8";  // of an input that is no image
constexpr int kMostThreads = 1024;

// One way to run the network.
struct Configuration {
  std::string engine;
  int threads = 0;

  std::string ToString() const {
    return threads == 0 ? engine : fmt::format("{}, {} threads", engine, threads);
  }
};

std::vector<std::string> Split(const std::string& text) {
  return absl::StrSplit(text, ',', absl::SkipEmpty());
}

absl::StatusOr<std::vector<int>> ParseThreads(const std::string& text) {
  std::vector<int> numbers;
  for (const std::string& part : Split(text)) {
    int number = 0;
    if (!absl::SimpleAtoi(part, &number) || number < 0 || number > kMostThreads) {
      return InvalidArgument("--threads {}: '{}' is no number from 0 to {}", text, part,
                             kMostThreads);
    }
    numbers.push_back(number);
  }
  return numbers.empty() ? InvalidArgument("--threads: no number is given")
                         : absl::StatusOr<std::vector<int>>(std::move(numbers));
}

absl::StatusOr<std::vector<Configuration>> Configurations(const ProfileOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<int> threads, ParseThreads(options.threads));
  std::vector<std::string> engines = Split(options.engines);
  if (engines.empty()) {
    std::ranges::copy_if(std::vector<std::string>{"aten", "openvino"}, std::back_inserter(engines),
                         [](const auto& engine) { return CheckInstalled(engine).ok(); });
  }
  if (engines.empty()) {
    return NotFound("no engine is installed; install engine_aten.so or engine_openvino.so");
  }
  std::vector<Configuration> configurations;
  for (const std::string& engine : engines) {
    RETURN_IF_ERROR(CheckInstalled(engine));
    for (const int number : threads) {
      configurations.push_back({engine, number});
    }
  }
  return configurations;
}

absl::StatusOr<std::vector<Frontier>> CutsOf(const BenchModel& model, const std::string& text) {
  return SelectCuts(text, model.frontiers(), [&](size_t count) {
    return ChooseCuts(model.program(), model.frontiers(), count);
  });
}

// Upper bound of what the engine's precision costs, from the two results of PyTorch's that the
// model brings along.
absl::StatusOr<double> AccuracyDrop(BenchModel& model, const std::string& precision) {
  if (precision == "f32") {
    return 0;
  }
  const std::optional<ModelInfo>& info = model.files().info;
  if (!info || info->output.kind != OutputKind::kClassification) {
    return 1;
  }
  ASSIGN_OR_RETURN(const int same, model.SameClassAsPyTorch());
  return 1 - ShareInterval(same, 2).low;
}

// Into the first engine of `all`, so that both have the same model.
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
                                    const Configuration& configuration,
                                    const ProfileReport& report) {
  ASSIGN_OR_RETURN(
      const std::string text,
      RunWorker(
          {"tideline", "profile", options.model, "--worker", "--engines", configuration.engine,
           "--threads", std::to_string(configuration.threads), "--cuts", options.cuts, "--seconds",
           std::to_string(options.seconds), "--power-root", options.power_root},
          kMaxProfileBytes, report));
  return ParseProfile(text, configuration.ToString());
}

// "input" with what is sent there, then the cuts.
absl::StatusOr<std::vector<CutCodecs>> WhatIsCoded(const ProfileOptions& options,
                                                   const BenchModel& model, bool image) {
  std::vector<CutCodecs> coded;
  ASSIGN_OR_RETURN(std::vector<CodecSpec> at_input,
                   ParseCodecs(image ? options.image_codecs : kInputCodecs, image));
  ASSIGN_OR_RETURN(const std::vector<CodecSpec> at_cuts,
                   ParseCodecs(options.codecs, /*images=*/false));
  ASSIGN_OR_RETURN(const std::vector<Frontier> cuts, CutsOf(model, options.cuts));
  coded.push_back({model.frontiers().input(), std::move(at_input)});
  for (const Frontier& cut : cuts) {
    coded.push_back({cut, at_cuts});
  }
  return coded;
}

bool TakesAnImage(const BenchModel& model) {
  const std::optional<ModelInfo>& info = model.files().info;
  return info && info->inputs.size() == 1 && info->inputs[0].kind == InputKind::kImage;
}

absl::StatusOr<std::vector<CodecTime>> MeasureCodecs(const ProfileOptions& options,
                                                     BenchModel& model,
                                                     const ProfileReport& report) {
  const bool image = TakesAnImage(model);
  ASSIGN_OR_RETURN(const std::vector<CutCodecs> coded, WhatIsCoded(options, model, image));
  ASSIGN_OR_RETURN(const std::shared_ptr<const ParameterStore> store,
                   ParameterStore::Read(model.files().Path(kParameterFile)));
  std::vector<CodecTime> times;
  for (size_t i = 0; i < coded.size(); ++i) {
    report(static_cast<double>(i) / static_cast<double>(coded.size()),
           "codecs at " + coded[i].cut.name);
    std::vector<Tensor> tensors = model.reference().inputs;
    if (coded[i].cut.is_input() && image) {
      ASSIGN_OR_RETURN(tensors.front(), LikeAPhotograph(model.files().info->inputs[0]));
    } else if (!coded[i].cut.is_input()) {
      ASSIGN_OR_RETURN(tensors, model.TensorsAt(coded[i].cut));
    }
    ASSIGN_OR_RETURN(std::vector<CodecTime> measured,
                     TimeCodecs(coded[i], tensors, *store, kCodecTime));
    std::ranges::move(measured, std::back_inserter(times));
  }
  return times;
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

}  // namespace

Profile::Model ModelOf(const BenchModel& model) {
  return {.name = model.files().name,
          .sha256 = ToHex(model.program().identity),
          .frontier_rule = kFrontierRule,
          .frontiers = ToHex(model.frontiers().hash())};
}

absl::StatusOr<Profile> MeasureInWorker(const ProfileOptions& options,
                                        const ProfileReport& report) {
  ASSIGN_OR_RETURN(const std::vector<Configuration> configurations, Configurations(options));
  const Configuration& configuration = configurations.front();
  SetEngineThreads(configuration.threads, /*spin=*/false);
  ASSIGN_OR_RETURN(
      const std::unique_ptr<BenchModel> model,
      BenchModel::Load(options.model, configuration.engine, {.threads = configuration.threads}));
  EngineTiming timing{.engine = configuration.engine,
                      .threads = configuration.threads,
                      .time = absl::Seconds(options.seconds)};
  ASSIGN_OR_RETURN(const std::vector<Frontier> cuts, CutsOf(*model, options.cuts));
  for (const Frontier& cut : cuts) {
    timing.cuts.push_back(cut.name);
  }
  PowerMeter meter = PowerMeter::Find(options.power_root);
  const EngineDescription engine = model->Describe();
  ASSIGN_OR_RETURN(EngineProfile measured, TimeEngine(*model, timing, meter, report));
  ASSIGN_OR_RETURN(measured.accuracy_drop, AccuracyDrop(*model, measured.precision));
  Profile profile{.device = "worker", .cpu = "worker", .governor = "worker"};
  profile.versions[engine.engine] = engine.version;
  profile.model = ModelOf(*model);
  profile.engines.push_back(std::move(measured));
  return profile;
}

absl::StatusOr<Profile> MeasureProfile(const ProfileOptions& options, const std::string& tideline,
                                       const ProfileReport& report,
                                       std::vector<std::string>& notes) {
  RETURN_IF_ERROR(FindModel(options.model).status());
  RETURN_IF_ERROR(ParseCodecs(options.codecs, /*images=*/false).status());
  RETURN_IF_ERROR(ParseCodecs(options.image_codecs, /*images=*/true).status());
  ASSIGN_OR_RETURN(const std::vector<Configuration> configurations, Configurations(options));
  const double steps = kCodecPart + static_cast<double>(configurations.size());
  const DeviceInfo device = DescribeDevice(options.power_root);
  PowerMeter meter = PowerMeter::Find(options.power_root);
  const std::optional<double> idle = IdleWatts(meter);
  Profile profile{.device = device.device, .cpu = device.cpu, .governor = device.governor};
  profile.versions = {{"tideline", tideline}, {"linux", device.kernel}};

  for (size_t i = 0; i < configurations.size(); ++i) {
    const std::string name = configurations[i].ToString();
    const auto part = [&](double done, const std::string& label) {
      report((static_cast<double>(i) + std::min(done, 1.0)) / steps, name + ": " + label);
    };
    absl::StatusOr<Profile> measured = RunInWorker(options, configurations[i], part);
    if (absl::IsUnimplemented(measured.status()) && options.engines.empty()) {
      notes.push_back(fmt::format("{}: {}", name, std::string(measured.status().message())));
      continue;
    }
    RETURN_IF_ERROR(measured.status());
    RETURN_IF_ERROR(Merge(*std::move(measured), profile));
  }
  if (profile.engines.empty()) {
    return Unimplemented("no engine here runs this network: {}", notes.front());
  }

  const Configuration& first = configurations.front();
  SetEngineThreads(first.threads, /*spin=*/false);
  ASSIGN_OR_RETURN(const std::unique_ptr<BenchModel> model,
                   BenchModel::Load(options.model, first.engine, {.threads = first.threads}));
  const auto part = [&](double done, const std::string& label) {
    report((steps - kCodecPart * (1 - done)) / steps, label);
  };
  ASSIGN_OR_RETURN(profile.codecs, MeasureCodecs(options, *model, part));
  profile.power = PowerOf(options, meter.source(), idle, profile);
  if (!profile.power.compute_watts) {
    notes.push_back("power: no sensor can be read; say --watts, or energy stays unknown");
  }
  return profile;
}

}  // namespace tideline
