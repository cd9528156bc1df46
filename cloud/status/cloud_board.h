#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"

#include "common/base/clock.h"
#include "common/telemetry/recent_times.h"

// What a cloud remembers of its own work for whoever looks at it.
namespace tideline {

// Why requests are refused, as people ask for it. A fixed list: it labels metrics.
enum class RefusalReason { kOverload, kModel, kExpired, kInvalid, kDraining, kOther };
constexpr std::array<std::string_view, 6> EnumNames(RefusalReason) {
  return {"overload", "model", "expired", "invalid", "draining", "other"};
}
RefusalReason ReasonOf(absl::StatusCode code);

// A request that the worker ran.
struct ServedJob {
  std::string model;
  std::string cut;
  std::string codec;
  bool whole = false;  // at cut `input`
  uint64_t bytes = 0;  // of its tensors, encoded
  absl::Duration decode;
  absl::Duration queue;
  absl::Duration tail;
  absl::Duration busy;   // of the worker
  absl::Duration total;  // from its last byte to its answer
};

// Sums since the start and the latest seconds. Its memory is bounded by the models that are served.
// I/O thread only; a call takes about a microsecond.
class CloudBoard {
 public:
  struct Model {
    uint64_t requests = 0;
    RecentTimes<1> tail;
  };

  // `clock` outlives it.
  explicit CloudBoard(const Clock& clock);

  void OnServed(const ServedJob& job);
  void OnRefused(const absl::Status& why);
  void OnReceived(uint64_t bytes) { bytes_up_ += bytes; }
  void OnSent(uint64_t bytes) { bytes_down_ += bytes; }

  MonotonicTime now() const { return clock_.Now(); }
  absl::Duration uptime() const { return now() - started_; }
  uint64_t served() const { return served_; }
  const std::map<std::string, Model>& models() const { return models_; }
  // Tails, and how long the worker was busy with their requests.
  std::optional<TimesSummary<2>> times() const { return times_.Summary(clock_.Now()); }
  // The share of the latest seconds in which the worker was busy, 0 to 1.
  double busy() const;
  const std::array<uint64_t, 6>& refusals() const { return refusals_; }  // by RefusalReason
  uint64_t bytes_up() const { return bytes_up_; }                        // with headers
  uint64_t bytes_down() const { return bytes_down_; }

 private:
  const Clock& clock_;
  const MonotonicTime started_;
  uint64_t served_ = 0;
  std::map<std::string, Model> models_;
  RecentTimes<2> times_;
  std::array<uint64_t, 6> refusals_{};
  uint64_t bytes_up_ = 0;
  uint64_t bytes_down_ = 0;
};

}  // namespace tideline
