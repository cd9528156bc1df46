#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/hash.h"
#include "common/base/status.h"

// The two messages of the hand-shake, and what it agrees on.
namespace tideline::wire {

struct VersionRange {
  uint16_t min = 1;
  uint16_t max = 1;
};
// The highest version that both have. Errors: FailedPrecondition with both ranges and `what`.
absl::StatusOr<uint16_t> Agree(VersionRange ours, VersionRange theirs, const char* what);

inline constexpr VersionRange kProtocolVersions{1, 3};
inline constexpr uint16_t kProfileVersion = 2;  // of the protocol: the first with ProfileRequest,
inline constexpr uint16_t kOpenVersion = 3;     // and the first with open requests
inline constexpr VersionRange kCodecVersions{2, 2};

struct ModelIdentity {
  std::string name;
  uint32_t version = 0;
  Sha256Digest sha256{};             // of the model file
  Sha256Digest frontier_hash{};      // FrontierTable::hash
  std::vector<uint64_t> parameters;  // ids of codec parameters that the edge would like to use

  bool operator==(const ModelIdentity&) const = default;
};

// Session numbers that differ in their lowest byte alone are of one session.
inline bool SameSession(uint64_t a, uint64_t b) { return a >> 8 == b >> 8; }

// Edge → cloud, first message of a session. A new session ends the one before it: open requests of
// that edge are dropped, counts start again. A hello of the live session replaces the models
// alone: open requests and counts go on.
struct Hello {
  uint64_t session = 0;  // random but for its lowest byte, which counts changes of the models
  VersionRange protocol = kProtocolVersions;
  VersionRange codec = kCodecVersions;
  VersionRange frontier_rule;
  std::string edge;  // the edge's own name, for logs; its identity is its key
  std::string isa;   // "AVX2", see EngineDescription
  std::vector<ModelIdentity> models;
  uint64_t max_tensor = 0;  // bytes, decoded, that the edge accepts in a result
};

enum class ModelState : uint8_t { kReady = 0, kUnknown = 1, kMismatch = 2, kFailed = 3 };
struct ModelStatus {
  ModelState state = ModelState::kUnknown;
  std::string reason;                // "" when ready
  std::vector<uint64_t> parameters;  // those of the hello's ids that the cloud has
};

// Cloud → edge. A session without common versions is answered with Refusal{request = 0} instead.
struct Welcome {
  uint64_t session = 0;
  uint16_t protocol = 0;
  uint16_t codec = 0;
  uint16_t frontier_rule = 0;
  std::string cloud;
  std::string isa;
  std::vector<ModelStatus> models;  // in the order of the hello
  uint64_t max_tensor = 0;          // bytes, decoded, of one tensor of a request
  uint64_t max_inflight = 0;        // bytes of all requests of this edge that are not answered yet
  uint32_t heartbeat_ms = 0;        // how often either side is heard from at least
};

// The beginning of the cloud's answer to a hello: its session and the versions agreed on.
// `frontier_rules` are those of this side. Errors: those of Agree.
absl::StatusOr<Welcome> BeginWelcome(const Hello& hello, VersionRange frontier_rules);

}  // namespace tideline::wire
