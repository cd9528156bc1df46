#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/file.h"
#include "common/base/strings.h"
#include "partitioner/report/html_report.h"
#include "partitioner/report/json_report.h"
#include "partitioner/report/show.h"
#include "partitioner/tool/answer.h"
#include "partitioner/tool/commands.h"
#include "partitioner/tool/describe.h"
#include "partitioner/tool/plan_facts.h"
#include "partitioner/tool/plan_options.h"
#include "partitioner/tool/plan_partition.h"
#include "partitioner/tool/plan_tables.h"

namespace tideline {
namespace {

// The network with the best plan's cut, and at each other cut what its best codec sends.
NetworkPicture Picture(const PlanInputs& inputs, const Planner& planner,
                       const Conditions& conditions, const std::string& cut) {
  const EngineProfile* counted = PlanInputs::Counted(inputs.profiles.edge, inputs.network);
  NetworkPicture picture =
      MakeNetworkPicture(*inputs.model.program, *inputs.model.frontiers,
                         counted == nullptr ? std::vector<double>() : counted->groups_ns);
  SetCut(inputs.network, cut, picture);
  std::map<std::string, double> bytes;
  for (const Ranked& ranked : planner.Rank(conditions)) {
    const Candidate& candidate = planner.candidate(ranked.candidate);
    bytes.emplace(candidate.cut, candidate.bytes_up.median);
  }
  for (NetworkPicture::Group& group : picture.groups) {
    const auto found = bytes.find(group.cut);
    group.bytes = found == bytes.end() ? -1 : found->second;
  }
  return picture;
}

// Why nothing meets the targets.
absl::Status Unmet(const PlanReport& report) {
  std::string text;
  for (const ConstraintReport& constraint : report.constraints) {
    if (constraint.out_of_reach) {
      text += "; " + constraint.out_of_reach->text;
    }
  }
  if (!text.empty()) {
    return FailedPrecondition("no plan meets the targets; at best{}", text.substr(1));
  }
  for (const ConstraintReport& constraint : report.constraints) {
    text += constraint.check.met ? "" : "; " + constraint.check.text;
  }
  return FailedPrecondition(
      "no plan meets all targets together, though each can be met alone; with the least bad{}",
      text.substr(1));
}

using Facts = std::vector<std::pair<std::string, std::string>>;

absl::StatusOr<Facts> AllInputs(const PlanInputs& inputs, const PlanRequest& request) {
  Facts all = DescribeInputs(inputs);
  const Link& link = request.link;
  ASSIGN_OR_RETURN(const std::optional<double> gap, FindGap(inputs, link));
  if (gap) {
    all.emplace_back("gap to every cut",
                     fmt::format("{:.2g} % (exact minimum cut at 8 bits per element)", 100 * *gap));
  }
  const auto range = [](const Quantiles& quantiles, auto show) {
    const auto points = quantiles.points();
    return points.size() == 1 ? show(quantiles.median())
                              : fmt::format("{} (from {} to {})", show(quantiles.median()),
                                            show(points.front().value), show(points.back().value));
  };
  all.emplace_back("link", fmt::format("{}: {} up, {} down, round trip {}{}", link.name,
                                       range(link.up, ShowRate), range(link.down, ShowRate),
                                       range(link.rtt, ShowTime),
                                       request.conditions.idle ? ", after idling" : ""));
  if (request.conditions.queue_ns > 0) {
    all.emplace_back("queue in the cloud", ShowTime(request.conditions.queue_ns));
  }
  return all;
}

// Leaves the candidates at one cut. Errors: NotFound with the nearest name.
absl::Status KeepCut(const std::string& cut, const Network& network, CandidateSet& set) {
  std::vector<std::string> names;
  for (const NetworkCut& known : network.cuts) {
    names.push_back(known.name);
  }
  if (std::ranges::find(names, cut) == names.end()) {
    return NotFound(
        "cut '{}' is none of those that are planned with{}; tideline inspect lists them", cut,
        DidYouMean(cut, names));
  }
  std::erase_if(set.candidates, [&](const Candidate& candidate) { return candidate.cut != cut; });
  set.front = FrontOf(set.candidates, set.power);
  return absl::OkStatus();
}

absl::Status RunPlan(const PlanOptions& options) {
  ASSIGN_OR_RETURN(const PlanInputs inputs,
                   ReadPlanInputs(options.model, {.edge = options.edge, .cloud = options.cloud},
                                  {.server_key = options.server_key, .secret = options.secret}));
  ASSIGN_OR_RETURN(const PlanRequest request, ReadPlanRequest(options, inputs.model.files.name));
  ASSIGN_OR_RETURN(CandidateSet made, MakeCandidates(inputs.ForCandidates(), request.candidates));
  if (!request.cut.empty()) {
    RETURN_IF_ERROR(KeepCut(request.cut, inputs.network, made));
  }
  const auto set = std::make_shared<const CandidateSet>(std::move(made));
  ASSIGN_OR_RETURN(const Planner planner, Planner::Make(set, request.targets, request.prices));
  Conditions conditions = request.conditions;
  conditions.link = &request.link;

  ASSIGN_OR_RETURN(PlanReport report, MakePlanReport(planner, conditions, request.report));
  report.model = ModelTitle(inputs.model.files);
  ASSIGN_OR_RETURN(report.inputs, AllInputs(inputs, request));
  report.warnings = PlanWarnings(inputs);
  report.network = Picture(inputs, planner, conditions, report.best().cut);

  std::vector<std::string> notes = report.warnings;
  std::string partition;
  if (!options.out.empty() && report.met) {
    ASSIGN_OR_RETURN(partition, FormatPlannedPartition(request.partition, *set, report, notes));
  }
  RETURN_IF_ERROR(
      PrintOut(options.json ? FormatJson(report) : PlanText(report, !options.sweep.empty())));
  for (const std::string& note : notes) {
    fmt::print(stderr, "tideline: note: {}\n", note);
  }
  if (!options.html.empty()) {
    RETURN_IF_ERROR(WriteFileAtomically(options.html, FormatHtml(report)));
  }
  if (!report.met) {
    return Unmet(report);
  }
  return partition.empty() ? absl::OkStatus() : WriteFileAtomically(options.out, partition);
}

void AddInputs(CLI::App& app, PlanOptions& options) {
  app.add_option("MODEL", options.model, kModelHelp)->required();
  app.add_option("--edge", options.edge, "Profile of the edge, as tideline profile writes it")
      ->type_name("PROFILE")
      ->required();
  app.add_option("--cloud", options.cloud,
                 "Profile of the cloud; a file, or tcp://HOST:PORT of a daemon that serves it")
      ->type_name("PROFILE")
      ->required();
  app.add_option("--server-key", options.server_key, "Its public key, for tcp://HOST:PORT")
      ->type_name("FILE");
  app.add_option("--secret", options.secret, "A secret key that it lets in")->type_name("FILE");
  app.add_option("--link", options.link, "cat1, 3g, lte, wifi, ethernet, or a file of a link")
      ->type_name("LINK")
      ->required();
  app.add_option("--uplink", options.uplink, "Other rate to the cloud, 5Mbps; a preset's both")
      ->type_name("RATE");
  app.add_option("--downlink", options.downlink, "Other rate from the cloud")->type_name("RATE");
  app.add_option("--rtt", options.rtt, "Other round trip time, 20ms")->type_name("TIME");
  app.add_option("--queue", options.queue, "Time that a request waits in the cloud")
      ->type_name("TIME");
  app.add_flag("--after-idle", options.idle,
               "The connection is new, or has been idle: it starts slowly");
}

void AddTargets(CLI::App& app, PlanOptions& options) {
  app.add_option("--partition", options.partition, "A partition file to take targets from")
      ->type_name("FILE");
  app.add_option("--objective", options.objective, "latency, throughput, energy or cost")
      ->type_name("NAME");
  app.add_option("--latency-p99", options.latency_p99, "Most that 99 % may take, 120ms")
      ->type_name("TIME");
  app.add_option("--accuracy-drop", options.accuracy_drop, "Most that may be lost, 1%")
      ->type_name("SHARE");
  app.add_option("--edge-memory", options.edge_memory, "Most that the edge's part may take, 200MiB")
      ->type_name("BYTES");
  app.add_option("--energy", options.energy, "Most that the edge may use per request, 0.5J")
      ->type_name("ENERGY");
  app.add_option("--uplink-cap", options.uplink_cap, "Rate above which nothing is sent")
      ->type_name("RATE");
  app.add_option("--rate", options.rate, "Requests per second, for --uplink-cap")
      ->type_name("RATE");
  app.add_flag("--no-send-input", options.no_send_input, "The input never leaves the edge");
  app.add_option("--min-depth", options.min_depth, "Groups before the nearest value that is sent")
      ->check(CLI::Range(0, 1'000'000));
  app.add_option("--leakage", options.leakage,
                 "Most similarity (SSIM, 0 to 1) of what can be guessed from what is sent");
  app.add_option("--price-second", options.price_second, "Of a second of the cloud")
      ->check(CLI::Range(0.0, 1e9));
  app.add_option("--price-gigabyte", options.price_gigabyte, "Of 10^9 bytes in either direction")
      ->check(CLI::Range(0.0, 1e9));
  app.add_option("--edge-engines", options.edge_engines, "Those that may be used; none: all")
      ->type_name("ENGINES")
      ->delimiter(',');
  app.add_option("--cloud-engines", options.cloud_engines, "Those that may be used; none: all")
      ->type_name("ENGINES")
      ->delimiter(',');
  app.add_option("--cut", options.cut, "The only one that may be used; none: all")
      ->type_name("CUT");
  app.add_option("--simpler-within", options.simpler_within,
                 "edge, or else input, is taken where it is at most so much worse; 0% is exact")
      ->type_name("SHARE")
      ->capture_default_str();
  app.add_option("--codecs", options.codecs, "Those that may be used; none: all")
      ->type_name("CODECS")
      ->delimiter(',');
}

void AddOutputs(CLI::App& app, PlanOptions& options) {
  app.add_option("--what-if", options.what_ifs,
                 "cloud.speed=2x, edge.speed=0.5x, link.rate=4x; with commas between, together")
      ->type_name("CHANGE");
  app.add_option("--sweep", options.sweep, "Where the best choice changes: bandwidth=0.1..100Mbps")
      ->type_name("RANGE");
  app.add_option("--top", options.top, "Cuts that are listed, beside edge and input")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--out", options.out, "Partition file to write, where the targets are met")
      ->type_name("FILE");
  app.add_option("--deadline", options.deadline, "For the partition file")->type_name("TIME");
  app.add_option("--fallback", options.fallback, "For the partition file: a smaller model")
      ->type_name("MODEL");
  app.add_option("--html", options.html, "Report to write, one page that needs no other file")
      ->type_name("FILE");
  AddJsonFlag(app, options.json);
}

constexpr char kExamples[] =
    R"(  tideline plan models/photos --edge edge.json --cloud cloud.json --link lte \
    --out partition.yaml --html plan.html       decide, and say why
  tideline plan models/photos --edge edge.json --cloud cloud.json --link wifi \
    --uplink 5Mbps --latency-p99 120ms --accuracy-drop 1%     under targets
  tideline plan models/photos --edge edge.json --cloud cloud.json --link lte \
    --sweep bandwidth=0.1..100Mbps --what-if cloud.speed=2x   what if?)";

}  // namespace

Command AddPlan(CLI::App& tool) {
  auto options = std::make_shared<PlanOptions>();
  CLI::App* app = AddCommand(
      tool, {"plan", kDecideGroup, "Say where to cut, how to compress, and why", kExamples});
  app->option_defaults()->group("Profiles and link");
  AddInputs(*app, *options);
  app->option_defaults()->group("Targets");
  AddTargets(*app, *options);
  app->option_defaults()->group("What is said and written");
  AddOutputs(*app, *options);
  return {app, [options] { return RunPlan(*options); }};
}

}  // namespace tideline
