#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "common/base/clock.h"
#include "common/base/recent.h"
#include "common/telemetry/recent_times.h"
#include "edge/result.h"

// What an edge remembers of its own work for whoever looks at it.
namespace tideline {

inline constexpr size_t kShownRows = 40;                     // of each list
inline constexpr size_t kShownText = 512;                    // bytes of one text
inline constexpr size_t kMostImageBytes = size_t{4} << 20;   // a larger picture is not kept,
inline constexpr size_t kMostFrameBytes = size_t{32} << 20;  // nor is a larger frame of a video

// One answered request.
struct RequestRow {
  absl::Time time;
  uint64_t seq = 0;
  std::string id;
  Path path = Path::kEdge;
  std::string cut;
  std::string codec;
  std::string cloud;  // address of the one that answered; "" = none
  std::string label;
  std::optional<double> score;
  uint64_t bytes_up = 0;
  Latency latency;
  std::optional<bool> deadline_met;
  std::string error;  // "" = none
};

// Why a cut came into force. A fixed list: it labels metrics.
enum class CutReason { kChoice, kCloudAway, kReload, kControl };
constexpr std::array<std::string_view, 4> EnumNames(CutReason) {
  return {"choice", "cloud_away", "reload", "control"};
}

// A cut that came into force.
struct CutRow {
  absl::Time time;
  std::string cut;
  std::string codec;   // "" where nothing is sent
  std::string reason;  // one sentence
  std::optional<absl::Duration> expected;
  std::optional<double> uplink_bits_per_second;
  std::optional<absl::Duration> round_trip;
};

struct ErrorRow {
  absl::Time time;
  std::string text;
};

// The picture that was answered last.
struct ShownImage {
  uint64_t seq = 0;
  std::string label;
  std::optional<double> score;
  Bytes file;     // JPEG or PNG, or
  Tensor pixels;  // uint8 [H, W, 3]
};

// All of a StatusBoard at one moment.
struct BoardState {
  absl::Time time;
  absl::Duration uptime;
  std::optional<CutRow> cut;  // in force; its time is its first one's
  absl::Duration cut_since;
  std::vector<std::string> before;   // the latest other cuts, oldest first, each once
  std::vector<RequestRow> requests;  // oldest first, as below
  std::vector<CutRow> cuts;
  std::vector<ErrorRow> errors;
  uint64_t errors_total = 0;
  std::optional<ShownImage> image;
  // By Latency's fields: total, head, encode, link, queue, decode, tail.
  std::optional<TimesSummary<7>> times;
  double per_second = 0;
  std::array<uint64_t, 4> paths{};  // answers by Path since the start
  uint64_t bytes_up = 0;            // sent since the start
  uint64_t bytes_raw = 0;           // what the same requests' inputs have
  uint64_t bytes_files = 0;         // and the files that they came as
  bool all_files = false;           // there were some, and every input was one
  absl::Duration computed;          // on this device since the start: heads, encoding, finishes
  absl::Duration waited;            // for the link and the cloud, of each request by itself
};

// Keeps what an edge's status shows: the latest requests, cuts and errors, sums since the start.
// Its memory is bounded. Thread-safe; a call takes about a microsecond.
class StatusBoard {
 public:
  // `clock` outlives it. `images`: keep the picture that was answered last.
  StatusBoard(const Clock& clock, bool images);

  void OnResult(const Result& result);
  // How a request is answered from here on; noted only where it differs from the latest.
  // `row.time` is set here. False where it is the same.
  bool OnCut(CutRow row);
  // Whether OnCut would note it.
  bool IsNew(const std::string& cut, const std::string& codec) const;
  // What somebody decided although the cut stays ("adaptation is paused").
  void OnControl(const std::string& reason);
  void OnError(const std::string& text);

  BoardState State() const;
  // The picture alone; nullopt where there is none.
  std::optional<ShownImage> Image() const;

 private:
  void AddTimes(const Result& result) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddError(absl::Time time, const std::string& text) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  const bool images_;
  const MonotonicTime started_;
  mutable absl::Mutex mutex_;
  Recent<RequestRow> requests_ ABSL_GUARDED_BY(mutex_){kShownRows};
  Recent<CutRow> cuts_ ABSL_GUARDED_BY(mutex_){kShownRows};
  Recent<ErrorRow> errors_ ABSL_GUARDED_BY(mutex_){kShownRows};
  RecentTimes<7> times_ ABSL_GUARDED_BY(mutex_);
  std::optional<CutRow> cut_ ABSL_GUARDED_BY(mutex_);
  MonotonicTime cut_begun_ ABSL_GUARDED_BY(mutex_);
  BoardState sums_ ABSL_GUARDED_BY(mutex_);  // what is counted; the rest is empty
  uint64_t tensors_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tideline
