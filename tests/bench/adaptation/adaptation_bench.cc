// What tests/bench/run adaptation runs: the production policies in virtual time.
//
//   adaptation_bench FILE     FILE is a job (JSON); one line of JSON per cell on stdout
#include <algorithm>
#include <cstdio>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/base/file.h"
#include "tests/bench/adaptation/ours.h"
#include "tests/bench/adaptation/steps.h"

namespace tideline::bench {
namespace {

using Json = nlohmann::json;

constexpr double kRttMs = 50;
constexpr uint32_t kSeed = 7;

double Quantile(std::vector<double> values, double probability) {
  std::ranges::sort(values);
  const double place = probability * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, values.size() - 1);
  return std::lerp(values[below], values[above], place - static_cast<double>(below));
}

Json Summary(const Site& site, const std::vector<Answered>& answers) {
  std::vector<double> latencies;
  std::vector<int> used;
  for (const Answered& answer : answers) {
    latencies.push_back(answer.latency);
    used.push_back(answer.candidate);
  }
  std::ranges::sort(used);
  int most_used = -1;
  ptrdiff_t most = 0;
  for (auto at = used.begin(); at != used.end();) {
    const auto end = std::upper_bound(at, used.end(), *at);
    if (end - at > most) {
      most = end - at;
      most_used = *at;
    }
    at = end;
  }
  const Candidate& candidate = site.planner().candidate(most_used);
  return {{"requests", answers.size()},
          {"mean", std::accumulate(latencies.begin(), latencies.end(), 0.0) /
                       static_cast<double>(latencies.size())},
          {"p50", Quantile(latencies, 0.5)},
          {"p95", Quantile(latencies, 0.95)},
          {"p99", Quantile(latencies, 0.99)},
          {"mostly", candidate.cut + (candidate.codec.empty() ? "" : " " + candidate.codec)}};
}

Json OursSummary(const Cell& cell, const OursOptions& options) {
  const OursResult result = RunOurs(cell, options);
  Json summary = Summary(cell.site, result.answers);
  int possible = 0;
  int met = 0;
  for (const Answered& answer : result.answers) {
    if (options.deadline_ms > 0 && answer.possible <= options.deadline_ms) {
      ++possible;
      met += answer.latency <= options.deadline_ms ? 1 : 0;
    }
  }
  summary["changes"] = result.changes;
  summary["shadow_bytes"] = result.shadow_bytes;
  summary["sent_bytes"] = result.sent_bytes;
  summary["deadline"] = options.deadline_ms;
  summary["possible"] = possible;
  summary["met"] = met;
  return summary;
}

Json RunCell(const Cell& cell, const Link& link, const std::vector<double>& deadlines) {
  const Site& site = cell.site;
  Json strategies;
  strategies["edge"] = Summary(site, RunStatic(cell, site.edge()));
  const double edge_median = strategies["edge"].at("p50");
  for (const char* codec : {"raw", "jpeg"}) {
    const int candidate = site.Input(codec, {.link = &link});
    if (candidate >= 0) {
      strategies[codec] = Summary(site, RunStatic(cell, candidate));
    }
  }
  strategies["static"] = Summary(site, RunBestStatic(cell));
  strategies["oracle"] = Summary(site, RunOracle(cell));
  strategies["race"] = OursSummary(cell, {.mode = TailMode::kRace, .judge = false});
  for (const double deadline : deadlines) {
    strategies[fmt::format("deadline {:.2f}", deadline)] =
        OursSummary(cell, {.deadline_ms = deadline * edge_median});
  }
  return strategies;
}

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

// How a site follows steps, for each way to set the tail.
void PrintSteps(const Site& site, const std::vector<double>& deadlines) {
  std::vector<OursOptions> all;
  if (!site.files().saving) {
    all.push_back({.mode = TailMode::kRace, .judge = false});
  }
  for (const double deadline : deadlines) {
    all.push_back({.deadline_ms = deadline * site.edge_ms(), .judge = false});
  }
  for (const OursOptions& options : all) {
    const StepResult result = RunSteps(site, kRttMs, options);
    const Json line{{"network", site.files().network},
                    {"factor", site.files().factor},
                    {"saving", site.files().saving},
                    {"steps", options.mode == TailMode::kRace ? "race" : "deadline"},
                    {"deadline", options.deadline_ms / site.edge_ms()},
                    {"requests_down", OrNull(result.requests_down)},
                    {"requests_up", OrNull(result.requests_up)},
                    {"seconds_up", OrNull(result.seconds_up)},
                    {"changes", result.changes}};
    std::printf("%s\n", line.dump().c_str());
  }
}

absl::StatusOr<Bottleneck> MakeBottleneck(const Json& link) {
  const TcpModel tcp;
  if (link.contains("trace")) {
    return Bottleneck::OfTrace(link.at("trace"), tcp);
  }
  std::vector<std::pair<double, double>> rates;
  for (const Json& step : link.at("rates")) {
    rates.emplace_back(step.at(0), step.at(1));
  }
  return Bottleneck::OfRates(rates, tcp);
}

struct NamedLink {
  std::string name;
  bool trace = false;
  Bottleneck bottleneck;
};

absl::StatusOr<std::vector<NamedLink>> MakeLinks(const Json& job) {
  std::vector<NamedLink> links;
  for (const Json& link : job.at("links")) {
    ASSIGN_OR_RETURN(Bottleneck bottleneck, MakeBottleneck(link));
    links.push_back({link.at("name"), link.contains("trace"), std::move(bottleneck)});
  }
  return links;
}

absl::StatusOr<Site> MakeSite(const Json& files) {
  return Site::Make({.network = files.at("network"),
                     .model = files.at("model"),
                     .edge = files.at("edge"),
                     .cloud = files.at("cloud"),
                     .factor = files.at("factor"),
                     .accuracy_drop = files.at("accuracy_drop"),
                     .saving = files.at("saving")});
}

void PrintCell(const Site& site, const NamedLink& link, const Json& job) {
  const Bottleneck& bottleneck = link.bottleneck;
  const Channel channel(bottleneck, kRttMs, TcpModel());
  // A trace is run through whole.
  const auto whole = static_cast<size_t>(bottleneck.period() / kPeriodMs);
  const std::vector<Draw> draws =
      MakeDraws(std::max(job.at("requests").get<size_t>(), whole), kSeed);
  const Quantiles rate(bottleneck.mean_rate());
  const Link mean{.up = rate, .down = rate, .rtt = Quantiles(kRttMs * 1e6)};
  const Json pipeline = link.trace ? Json() : Json(PipelineVsBound(site, channel, mean));
  const Json line{{"network", site.files().network},
                  {"factor", site.files().factor},
                  {"link", link.name},
                  {"strategies", RunCell({site, channel, draws}, mean, job.at("deadlines"))},
                  {"pipeline", pipeline}};
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

absl::Status RunJob(const Json& job) {
  ASSIGN_OR_RETURN(const std::vector<NamedLink> links, MakeLinks(job));
  for (const Json& files : job.at("sites")) {
    ASSIGN_OR_RETURN(const Site site, MakeSite(files));
    if (job.at("steps")) {
      PrintSteps(site, job.at("deadlines"));
    }
    for (const NamedLink& link : links) {
      PrintCell(site, link, job);
    }
  }
  return absl::OkStatus();
}

int Main(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path, size_t{1} << 20);
  const Json job = text.ok() ? Json::parse(*text, nullptr, false) : Json();
  if (job.is_discarded() || !job.is_object()) {
    std::fprintf(stderr, "adaptation_bench: %s is no job\n", path.c_str());
    return 2;
  }
  if (const absl::Status status = RunJob(job); !status.ok()) {
    std::fprintf(stderr, "adaptation_bench: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace tideline::bench

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "adaptation_bench FILE\n");
    return 2;
  }
  return tideline::bench::Main(argv[1]);
}
