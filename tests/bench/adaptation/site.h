#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "partitioner/planner/planner.h"

// A network between an edge and a cloud, with the times that its profiles have.
namespace tideline::bench {

struct SiteFiles {
  std::string network;
  std::string model;
  std::string edge;   // profiles
  std::string cloud;  // likewise
  double factor = 1;  // how many times slower than this machine the edge is: a name, no more
  double accuracy_drop = 1;
  bool saving = false;  // the edge looks for the least energy
};

// By how much one request differs from the usual, in standard deviations, for all candidates alike.
struct Draw {
  double edge = 0;
  double encode = 0;
  double bytes = 0;
  double decode = 0;
  double tail = 0;
};

std::vector<Draw> MakeDraws(size_t count, uint32_t seed);

// What one request really takes with one candidate; milliseconds.
struct Times {
  double head = 0;
  double encode = 0;
  double stretch = 1;  // Candidate::stretch: coding and sending go side by side
  double bytes_up = 0;
  double decode = 0;
  double tail = 0;
  double bytes_down = 0;
  double finish = 0;  // on the edge, after the head
};

class Site {
 public:
  // Errors: those of the files.
  static absl::StatusOr<Site> Make(const SiteFiles& files);

  // What `candidate` takes in a request that differs by `draw`: the figures' medians, moved within
  // their 95 % intervals.
  Times TimesOf(int candidate, const Draw& draw) const;

  const Planner& planner() const { return *planner_; }
  std::shared_ptr<const Planner> shared_planner() const { return planner_; }
  const SiteFiles& files() const { return files_; }
  // Those that keep to the accuracy and that no other one dominates; the edge alone among them.
  const std::vector<int>& usable() const { return usable_; }
  int edge() const { return edge_; }  // the fastest one at "edge"
  // The usable one with this codec at "input"; -1 where there is none.
  int Input(const std::string& codec_prefix, const Conditions& conditions) const;
  double edge_ms() const;  // its median

 private:
  Site() = default;

  SiteFiles files_;
  std::shared_ptr<const Planner> planner_;
  std::vector<int> usable_;
  int edge_ = -1;
};

}  // namespace tideline::bench
