#pragma once

#include <optional>
#include <string>
#include <vector>

#include "partitioner/planner/partition_file.h"
#include "partitioner/planner/planner.h"
#include "partitioner/report/make_report.h"

namespace tideline {

// What a person asked `tideline plan` for; the texts are those of the command line, "" where
// nothing was said.
struct PlanOptions {
  std::string model;
  std::string edge;  // profiles: files, or addresses
  std::string cloud;
  std::string server_key;  // of an address
  std::string secret;
  std::string link;  // a preset or a file
  std::string uplink;
  std::string downlink;
  std::string rtt;
  std::string queue;
  bool idle = false;

  std::string partition;  // a file to begin with
  std::string objective;
  std::string latency_p99;
  std::string accuracy_drop;
  std::string edge_memory;
  std::string energy;
  std::string uplink_cap;
  std::string rate;  // requests per second
  std::string deadline;
  std::string fallback;
  std::string leakage;
  bool no_send_input = false;
  std::optional<int> min_depth;
  double price_second = 0;
  double price_gigabyte = 0;
  std::vector<std::string> edge_engines;
  std::vector<std::string> cloud_engines;
  std::vector<std::string> codecs;
  std::string cut;
  std::string simpler_within = "3%";

  std::vector<std::string> what_ifs;
  std::string sweep;
  size_t top = 8;
  std::string out;
  std::string html;
  bool json = false;
};

// The same as values.
struct PlanRequest {
  Partition partition;  // what the file that is written begins with
  Targets targets;
  Prices prices;
  Link link;
  Conditions conditions;  // without its link
  CandidateOptions candidates;
  std::string cut;  // the only one that may be chosen; "": any
  ReportOptions report;
};

// Reads the partition file and the link file where such are named; `model` is the name that the
// partition file must be of. Errors: those of the files; InvalidArgument "--option: …".
absl::StatusOr<PlanRequest> ReadPlanRequest(const PlanOptions& options, const std::string& model);

}  // namespace tideline
