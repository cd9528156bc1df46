#include "partitioner/tool/plan_partition.h"

#include <algorithm>

#include "partitioner/report/show.h"

namespace tideline {
namespace {

// A line of comment, whatever the names of files hold.
std::string Comment(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return "# " + text + "\n";
}

// What an edge with a fixed cut refuses, since it chooses nothing.
void ClearSteering(Partition& partition) {
  partition.target.objective = Objective::kLatency;
  partition.target.latency_p99.reset();
  partition.target.accuracy_drop.reset();
  partition.target.tail = TailMode::kDeadline;
  partition.adapt = {};
  partition.limits.uplink.reset();
}

// The fields that differ from what they are by themselves.
std::vector<Field> GivenFields(const Partition& partition) {
  const Partition usual;
  std::vector<Field> given;
  for (const Field& field : PartitionFields().fields()) {
    if (field.required || field.path == "codec" || field.get(&partition) != field.get(&usual)) {
      given.push_back(field);
    }
  }
  return given;
}

}  // namespace

absl::StatusOr<std::string> FormatPlannedPartition(const Partition& partition,
                                                   const CandidateSet& set,
                                                   const PlanReport& report,
                                                   std::vector<std::string>& notes) {
  const PlanOption& best = report.best();
  const Candidate& candidate = set.candidates[best.candidate];
  std::string text =
      Comment("Written by tideline plan for " + report.model + " over " + report.link.name + ".");
  text += Comment(fmt::format("Expected: {}, at the {:g}th percentile {}; {} sent per request.",
                              ShowTime(best.terms.latency_ns), 100 * report.latency_percentile,
                              ShowTime(best.terms.percentile_ns), ShowBytes(best.bytes_up)));
  text += Comment("Measured with " + ShowEngines(best) + ".");
  for (const ConstraintReport& constraint : report.constraints) {
    text += Comment("Asked for: " + constraint.check.text + ".");
  }

  Partition planned = partition;
  ClearSteering(planned);
  planned.cut = best.cut;
  planned.codec = best.is_edge() ? "fp32" : best.codec;
  if (candidate.edge_engine >= 0) {
    planned.engine.edge = set.edge_engines[candidate.edge_engine].Name();
  }
  if (candidate.cloud_engine >= 0) {
    planned.engine.cloud = set.cloud_engines[candidate.cloud_engine].Name();
  }
  // An edge that finishes by itself what the cloud does not answer needs room for the whole.
  const auto whole = std::ranges::find(set.candidates, "edge", &Candidate::cut);
  if (planned.limits.edge_memory && !planned.fallback && whole != set.candidates.end() &&
      whole->memory_bytes > static_cast<double>(planned.limits.edge_memory->count)) {
    notes.push_back(fmt::format(
        "limits.edge_memory is left out of the partition file: the whole network, which answers "
        "while the cloud is away, takes {}; name a smaller model with --fallback to keep the limit",
        ShowBytes(whole->memory_bytes)));
    text += Comment("Left out: limits.edge_memory " + Format(*planned.limits.edge_memory) + ".");
    planned.limits.edge_memory.reset();
  }
  text += PrintConfig(GivenFields(planned), Origins(), &planned);
  RETURN_IF_ERROR(ParsePartition(text, "the planned partition").status());
  return text;
}

}  // namespace tideline
