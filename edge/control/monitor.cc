#include "edge/control/monitor.h"

#include <algorithm>
#include <utility>

#include "common/config/daemon.h"
#include "common/config/value.h"
#include "edge/status/graph_json.h"
#include "edge/status/status_json.h"
#include "edge/status/timeline.h"

namespace tideline {
namespace {

std::string_view StateName(LinkState state) {
  switch (state) {
    case LinkState::kConnecting:
      return "connecting";
    case LinkState::kReady:
      return "ready";
    case LinkState::kRefused:
      return "refused";
    case LinkState::kAway:
      return "away";
  }
  return "away";
}

Spread SpreadOf(const Quantiles& quantiles) {
  return {quantiles.At(0.05), quantiles.median(), quantiles.At(0.95)};
}

EdgeFacts::Model ModelFacts(const Deployment& deployment) {
  const EngineDescription engine = deployment.local().prepared->Describe();
  return {.name = deployment.model->files.name,
          .version = deployment.model->files.version,
          .engine = engine.engine,
          .precision = engine.precision,
          .fallback = deployment.fallback ? deployment.fallback->files.name : ""};
}

LosingFacts LosingOf(const LosingWork& work) {
  return {.late_answers = work.late_answers,
          .finishes = work.finishes,
          .time = work.cpu,
          .bytes_up = work.bytes_up,
          .joules = work.joules,
          .radio_joules = work.radio_joules};
}

// By the watts that the edge's profile has.
EdgeFacts::Energy EnergyOf(const Deployment& deployment, const BoardState& state, double uplink) {
  if (deployment.steering == nullptr) {
    return {};
  }
  const Power& power = deployment.steering->planner()->set().power;
  if (!power.compute_watts) {
    return {};
  }
  const double idle = power.idle_watts.value_or(0);
  const double waited = absl::ToDoubleSeconds(state.waited);
  const double sending =
      uplink > 0 ? std::min(waited, 8 * static_cast<double>(state.bytes_up) / uplink) : 0;
  return {.joules = *power.compute_watts * absl::ToDoubleSeconds(state.computed) +
                    std::max(idle, power.radio_watts.value_or(0)) * sending +
                    idle * (waited - sending),
          .source = power.source};
}

}  // namespace

EdgeMonitor::EdgeMonitor(MonitorOptions options)
    : options_(std::move(options)),
      board_(clock_, options_.images),
      metrics_(std::string(DaemonVersion())) {}

void EdgeMonitor::OnResult(const Result& result) {
  board_.OnResult(result);
  metrics_.OnResult(result);
  timelines_.Add(TimelineOf(result));
  answers_.OnResult(result);
}

void EdgeMonitor::OnDecision(const Way& way, const Decision& decision) {
  const std::string codec = way.uses_cloud() ? ToString(way.codec) : "";
  if (!board_.IsNew(way.cut.name, codec)) {
    return;
  }
  const bool away = !way.uses_cloud() && (decision.inputs.lost & kCloudEngines) != 0;
  CutRow row{.cut = way.cut.name,
             .codec = codec,
             .reason = decision.reason,
             .expected = absl::Nanoseconds(decision.expected_ns)};
  if (decision.inputs.link_known) {
    row.uplink_bits_per_second = decision.inputs.uplink;
    row.round_trip = absl::Nanoseconds(decision.inputs.round_trip_ns);
  }
  if (board_.OnCut(std::move(row))) {
    metrics_.OnCut(away ? CutReason::kCloudAway : CutReason::kChoice);
  }
}

void EdgeMonitor::OnDeployment(std::shared_ptr<const Deployment> deployment) {
  deployment_ = std::move(deployment);
  if (deployment_->steering != nullptr) {
    return;  // the next request decides
  }
  const Way& way = deployment_->way;
  const std::string codec = deployment_->rate ? "auto" : ToString(way.codec);
  if (board_.OnCut({.cut = way.cut.name,
                    .codec = way.uses_cloud() ? codec : "",
                    .reason = deployment_->pinned ? "somebody has pinned this cut"
                                                  : "the partition file fixes this cut"})) {
    metrics_.OnCut(deployment_->pinned ? CutReason::kControl : CutReason::kReload);
  }
}

void EdgeMonitor::Watch(Pipeline& pipeline, const Clouds& clouds) {
  pipeline_ = &pipeline;
  clouds_ = &clouds;
}

void EdgeMonitor::WatchSource(const Source& source, const SourceOptions& options) {
  source_ = IsLive(options.kind) ? &source : nullptr;
  source_facts_ = {options.name, FormatValue(options.kind)};
}

const Session* EdgeMonitor::session() const {
  return clouds_ == nullptr ? nullptr : clouds_->foremost();
}

// Of the session that speaks for all; bytes are those of all.
EdgeFacts::Link EdgeMonitor::LinkFacts() const {
  EdgeFacts::Link link;
  const Session* const foremost = session();
  if (foremost == nullptr || pipeline_ == nullptr) {
    return link;
  }
  for (size_t i = 0; i < clouds_->places(); ++i) {
    if (const Session* one = clouds_->session(i)) {
      link.bytes_up += one->statistics().bytes_up;
      link.bytes_down += one->statistics().bytes_down;
      link.cloud = one == foremost ? clouds_->address(i) : link.cloud;
    }
  }
  link.state = StateName(foremost->state());
  link.reason = foremost->state() == LinkState::kReady ? "" : foremost->reason();
  link.queue = absl::Microseconds(foremost->statistics().queue_us);
  const LinkEstimate estimate = pipeline_->adaptation().EstimateLink();
  link.known = estimate.known;
  if (estimate.known) {
    link.uplink = SpreadOf(estimate.link.up);
  }
  if (foremost->statistics().rtt != absl::InfiniteDuration()) {
    link.rtt = SpreadOf(estimate.link.rtt);
  }
  return link;
}

std::vector<EdgeFacts::Cloud> EdgeMonitor::CloudFacts() const {
  std::vector<EdgeFacts::Cloud> clouds;
  for (size_t i = 0; i < clouds_->places(); ++i) {
    if (const Session* one = clouds_->session(i)) {
      const Adaptation::Canaries canaries = pipeline_->adaptation().canaries(i);
      clouds.push_back({.address = clouds_->address(i),
                        .state = std::string(StateName(one->state())),
                        .canaries = canaries.answered,
                        .canaries_wrong = canaries.wrong,
                        .wrong_in_a_row = canaries.wrong_in_a_row,
                        .barred = canaries.barred});
    }
  }
  return clouds;
}

Health EdgeMonitor::health() const {
  Health health = DescribeHealth(answers_.status(), session());
  if (draining_) {
    health.ready = false;
    health.reasons.emplace_back("this edge is drained: it takes no more requests");
  }
  return health;
}

EdgeFacts EdgeMonitor::Facts() const {
  EdgeFacts facts;
  facts.id = options_.id;
  facts.version = DaemonVersion();
  facts.health = health();
  facts.link = LinkFacts();
  if (deployment_ != nullptr) {
    const Partition& partition = deployment_->partition;
    facts.model = ModelFacts(*deployment_);
    facts.mode = deployment_->pinned                ? "pinned"
                 : deployment_->steering != nullptr ? "auto"
                                                    : "fixed";
    facts.targets = {FormatValue(partition.target.objective), partition.target.deadline,
                     FormatValue(partition.target.tail)};
    facts.adapt.enabled = partition.adapt.enabled && deployment_->steering != nullptr;
  }
  if (pipeline_ != nullptr) {
    facts.adapt.paused = pipeline_->adaptation().paused();
    facts.adapt.changes = pipeline_->adaptation().changes();
    facts.in_flight = pipeline_->open();
    facts.held_bytes = pipeline_->held_bytes();
    facts.losing = LosingOf(pipeline_->losing_work());
    facts.clouds = CloudFacts();
    facts.canaries = pipeline_->adaptation().canaries().answered;
    facts.canaries_wrong = pipeline_->adaptation().canaries().wrong;
  }
  facts.source = source_facts_;
  if (source_ != nullptr) {
    facts.source.dropped = source_->dropped();
  }
  facts.lost_results = output_ == nullptr ? 0 : output_->lost();
  if (shape_ != nullptr) {
    facts.shaping.available = true;
    if (const double rate = shape_->bits_per_second(); rate > 0) {
      facts.shaping.bits_per_second = rate;
    }
  }
  return facts;
}

std::string EdgeMonitor::StatusText() const {
  EdgeFacts facts = Facts();
  const BoardState state = board_.State();
  if (deployment_ != nullptr) {
    facts.energy = EnergyOf(*deployment_, state, facts.link.uplink.value_or(Spread()).median);
  }
  return StatusJson(facts, state);
}

std::string EdgeMonitor::MetricsText() { return metrics_.Text(Facts()); }

const std::string& EdgeMonitor::GraphText() {
  if (graphed_ != deployment_ && deployment_ != nullptr) {
    std::vector<Frontier> cuts;
    for (const Way& way : deployment_->Ways()) {
      if (std::ranges::find(cuts, way.cut) == cuts.end()) {
        cuts.push_back(way.cut);
      }
    }
    const ServedModel& model = *deployment_->model;
    graph_ = GraphJson(model.files.name, *model.program, *model.frontiers, cuts);
    graphed_ = deployment_;
  }
  return graph_;
}

}  // namespace tideline
