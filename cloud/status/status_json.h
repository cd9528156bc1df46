#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cloud/status/cloud_board.h"
#include "common/telemetry/health.h"

namespace tideline {

// So many edges are listed, those that spoke last; all are counted.
inline constexpr size_t kShownEdges = 256;

// What a cloud's status says beside what its CloudBoard remembers: the state of its parts when
// somebody asks. Plain data.
struct CloudFacts {
  struct Model {
    std::string name;
    int64_t version = 0;
    std::string engine;
    Health health;  // of its engine
  };
  struct Edge {
    std::string id;
    std::string user;  // the name its key is listed under
    std::vector<std::string> models;
    std::string cut;  // of its latest request; "" = none yet
    uint64_t requests = 0;
    double per_second = 0;
    uint64_t bytes_up = 0;
    absl::Duration silent;  // since it was last heard of
    uint64_t open = 0;
  };

  // All that comes over HTTP, together.
  struct Http {
    uint64_t requests = 0;
    double per_second = 0;
    uint64_t bytes_up = 0;  // of bodies
    uint64_t open = 0;
  };

  std::string id;
  std::string version;
  absl::Time time;
  Health health;
  std::vector<Model> models;
  std::vector<Edge> edges;
  Http http;
  uint64_t queue_requests = 0;
  uint64_t queue_bytes = 0;
  absl::Duration expected_wait;
};

// What GET /api/v1/status answers, on one line. Pure.
std::string StatusJson(const CloudFacts& facts, const CloudBoard& board);

}  // namespace tideline
