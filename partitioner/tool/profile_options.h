#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/program/frontier.h"
#include "partitioner/profiler/bench_model.h"

namespace tideline {

// What a person asked for; the texts are those of the command line.
struct ProfileOptions {
  std::string model;
  std::string engines;        // "" = every one that is installed
  std::string threads = "0";  // numbers with commas between; 0 = all that the process may use
  std::string cuts = "12";
  std::string codecs;        // with image_codecs; "" = those that are calibrated, where they are,
  std::string image_codecs;  // else kCutCodecs at the cuts and kImageCodecs at the input
  std::string data;          // what less precise engines are compared with float32 on; "" = nothing
  double seconds = 10;       // per engine and number of threads
  double pause = 0;          // seconds before each run
  std::string cache;         // EngineOptions::cache_folder
  std::string power_root = "/";
  std::optional<double> watts;  // declared, while it computes
  std::optional<double> idle_watts;
  std::optional<double> radio_watts;
};

// Called with the part of everything that is done, from 0 to 1, and what is next.
using ProfileReport = std::function<void(double, const std::string&)>;

// One way to run the network.
struct ProfiledEngine {
  std::string engine;  // as OpenEngine takes it
  int threads = 0;

  std::string ToString() const;
};

// Every engine with every number of threads. Errors: those of CheckInstalled; InvalidArgument for a
// number that cannot be.
absl::StatusOr<std::vector<ProfiledEngine>> EnginesOf(const ProfileOptions& options);

// The cuts that are measured. Errors: those of SelectCuts.
absl::StatusOr<std::vector<Frontier>> CutsOf(const ProfileOptions& options,
                                             const BenchModel& model);

}  // namespace tideline
