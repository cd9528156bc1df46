#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "partitioner/calibrator/settings.h"
#include "partitioner/planner/profile.h"
#include "partitioner/profiler/bench_model.h"

namespace tideline {

// What a person asked for; the texts are those of the command line.
struct ProfileOptions {
  std::string model;
  std::string engines;        // "" = every one that is installed
  std::string threads = "0";  // numbers with commas between; 0 = all that the process may use
  std::string cuts = "12";
  std::string codecs = kCutCodecs;
  std::string image_codecs = kImageCodecs;
  double seconds = 10;  // per engine and number of threads
  std::string power_root = "/";
  std::optional<double> watts;  // declared, while it computes
  std::optional<double> idle_watts;
  std::optional<double> radio_watts;
};

// Called with the part of everything that is done, from 0 to 1, and what is next.
using ProfileReport = std::function<void(double, const std::string&)>;

// Measures the model on this machine: each engine with each number of threads in a process of its
// own (MeasureInWorker), then the codecs in this one. `tideline` is the release. `notes` gets a
// line for each figure that is missing, and why. Blocks. SetEngineThreads has not been called.
// Errors: those of FindModel, CheckInstalled, TimeEngine and TimeCodecs; InvalidArgument for
// options that cannot be.
absl::StatusOr<Profile> MeasureProfile(const ProfileOptions& options, const std::string& tideline,
                                       const ProfileReport& report,
                                       std::vector<std::string>& notes);

// The worker's part: the profile of one engine with one number of threads, and nothing else in it.
absl::StatusOr<Profile> MeasureInWorker(const ProfileOptions& options, const ProfileReport& report);

// What says that a profile is of this model.
Profile::Model ModelOf(const BenchModel& model);

}  // namespace tideline
