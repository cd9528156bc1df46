#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/base/file.h"
#include "common/model/repository.h"
#include "common/program/load.h"
#include "partitioner/planner/network.h"
#include "partitioner/planner/segment_times.h"
#include "partitioner/profiler/choose_cuts.h"

// profile_error MODEL PROFILE [CUTS = 12]
// How far the planner's times are from measured ones at cuts that were not measured. PROFILE comes
// from `tideline profile MODEL --cuts all`; all cuts but the CUTS that `tideline profile` would
// have chosen are taken out of it, derived from the rest, and compared. One line of JSON.
namespace tideline {
namespace {

// Of |predicted / measured - 1|.
nlohmann::ordered_json Summary(std::vector<double> errors) {
  std::ranges::sort(errors);
  const auto at = [&](double share) {
    return errors.empty() ? 0 : errors[static_cast<size_t>(share * (errors.size() - 1) + 0.5)];
  };
  return {{"median", at(0.5)}, {"p95", at(0.95)}, {"max", at(1)}};
}

absl::StatusOr<nlohmann::ordered_json> ErrorsOf(const EngineProfile& measured,
                                                const std::vector<Frontier>& kept,
                                                const Network& network) {
  EngineProfile reduced = measured;
  std::erase_if(reduced.cuts, [&](const CutTime& cut) {
    return std::ranges::find(kept, cut.cut, &Frontier::name) == kept.end();
  });
  ASSIGN_OR_RETURN(const std::vector<SegmentTime> derived, SegmentTimes(reduced, network));
  std::vector<double> sums;
  std::vector<double> heads;  // as shares of the whole: a small head may be wrong by any factor
  for (size_t i = 0; i < network.cuts.size(); ++i) {
    const std::string& name = network.cuts[i].name;
    const auto cut = std::ranges::find(measured.cuts, name, &CutTime::cut);
    if (cut == measured.cuts.end() ||
        std::ranges::find(kept, name, &Frontier::name) != kept.end()) {
      continue;
    }
    const double head = derived[i].head_ns.median;
    const double sum = head + derived[i].tail_ns.median;
    const double measured_sum = cut->head_ns.median + cut->tail_ns.median;
    sums.push_back(std::abs(sum / measured_sum - 1));
    heads.push_back(std::abs(head - cut->head_ns.median) / measured.whole_ns.median);
  }
  return nlohmann::ordered_json{{"engine", measured.Label()},
                                {"measured", reduced.cuts.size()},
                                {"derived", sums.size()},
                                {"quiet_rounds", measured.quiet_rounds},
                                {"dropped_rounds", measured.dropped_rounds},
                                {"head_plus_tail_error", Summary(sums)},
                                {"head_error_of_whole", Summary(heads)}};
}

absl::Status Run(const std::string& model, const std::string& path, size_t count) {
  ASSIGN_OR_RETURN(const ModelFiles files, FindModel(model));
  ASSIGN_OR_RETURN(const std::shared_ptr<const Program> program, LoadProgram(files.program));
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxProfileBytes));
  ASSIGN_OR_RETURN(const Profile profile, ParseProfile(text, path));
  const FrontierTable frontiers(*program);
  const Network network = DescribeNetwork(*program, frontiers);
  const std::vector<Frontier> kept = ChooseCuts(*program, frontiers, count);
  nlohmann::ordered_json json = {{"model", files.name}};
  for (const EngineProfile& engine : profile.engines) {
    ASSIGN_OR_RETURN(const nlohmann::ordered_json errors, ErrorsOf(engine, kept, network));
    json["engines"].push_back(errors);
  }
  std::puts(json.dump().c_str());
  return absl::OkStatus();
}

}  // namespace
}  // namespace tideline

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: profile_error MODEL PROFILE [CUTS]\n", stderr);
    return 2;
  }
  const absl::Status status = tideline::Run(argv[1], argv[2], argc > 3 ? std::stoul(argv[3]) : 12);
  if (!status.ok()) {
    std::fprintf(stderr, "profile_error: %s\n", std::string(status.message()).c_str());
  }
  return status.ok() ? 0 : 1;
}
