#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "absl/time/time.h"

#include "common/base/status.h"
#include "protocol/messages.h"
#include "protocol/transport/rate_sample.h"
#include "protocol/transport/windowed_max.h"

namespace tideline {

// How many bytes of chunks may be on their way to one peer, and how large a chunk is. Pure: `now`
// is the caller's monotonic clock, bytes are payload bytes. Thread-compatible.
//
// The window is the delivery rate times the target delay, the larger of 100 ms and 1.25 base round
// trips: enough to keep the link busy, and little enough that a heartbeat or the next request is
// not long behind it. The delivery rate is measured per acknowledgement as in BBR
// (draft-cheng-iccrg-delivery-rate-estimation) and bounded by the rate at which the receiver's own
// clock saw the bytes come, so that acknowledgements that come in a heap are not mistaken for
// speed. The window grows by no more than what is acknowledged, so it doubles per round trip at
// most. A round trip far above the target shows that the link became slower, and after 10 s the
// base round trip is old: in both cases the window is lowered until the queue is empty and one
// round trip was measured without it.
class SendWindow {
 public:
  static constexpr uint64_t kInitial = 16 * 1024;
  static constexpr uint64_t kMaximum = 64 * 1024 * 1024;  // the minimum is two chunks
  static constexpr size_t kMinChunk = 2 * 1024;

  // Whether a chunk of `bytes` may go now. One chunk always may when nothing is on its way.
  bool CanSend(uint64_t bytes) const { return in_flight() == 0 || in_flight() + bytes <= window_; }

  // A chunk was handed to the transport.
  void OnSend(absl::Duration now, uint64_t bytes);

  // All there was to send has been sent while there was room: what is measured until that is
  // acknowledged says how fast the application was, not the link.
  void OnNothingToSend() { limited_until_ = sent_; }

  // Counts are of the whole session; an acknowledgement that says nothing new is ignored.
  // Errors: DataLoss where more is acknowledged than was sent.
  absl::Status OnAck(absl::Duration now, const wire::Ack& ack);

  // A new session: nothing is on its way and nothing is known.
  void Reset() { *this = SendWindow(); }

  uint64_t window() const { return window_; }       // bytes
  size_t chunk() const { return chunk_; }           // bytes, kMinChunk to wire::kMaxChunk
  uint64_t sent() const { return sent_; }           // bytes in this session
  uint64_t acknowledged() const { return acked_; }  // bytes in this session
  uint64_t in_flight() const { return sent_ - acked_; }
  // When the oldest chunk on its way was sent; infinite where there is none.
  absl::Duration oldest() const {
    return chunks_.empty() ? absl::InfiniteDuration() : chunks_.front().at;
  }

  // Bytes that the link had to carry since then: what was on its way when it was sent, itself, and
  // what was sent behind it. 0 where there is none.
  uint64_t since_oldest() const { return chunks_.empty() ? 0 : sent_ - chunks_.front().delivered; }

  // What the latest acknowledgement said, once; nullopt where that was nothing.
  std::optional<RateSample> TakeSample() { return std::exchange(sample_, std::nullopt); }

  // Bytes per second that the link was seen to carry; 0 = not known yet.
  double rate() const { return rate_; }
  // The same by the receiver's clock alone.
  double receiver_rate() const { return receiver_rate_.value(); }
  // The smallest round trip of late, acknowledgement included; infinite before the first.
  absl::Duration base_rtt() const { return base_rtt_; }

 private:
  // A chunk on its way, with what was known when it was sent.
  struct Sent {
    uint64_t end = 0;        // sent_ after it
    uint64_t delivered = 0;  // acked_ before it
    absl::Duration at;
    absl::Duration delivered_at;  // of the latest acknowledgement then
    absl::Duration first_at;      // when the latest acknowledged chunk was sent
    bool after_idle = false;      // nothing was on its way
  };
  enum class Phase { kStartUp, kSteady, kDrain };

  absl::Duration Target() const;
  std::optional<Sent> TakeAcknowledged();
  void MeasureRate(absl::Duration now, const Sent& chunk, bool limited);
  void MeasureReceiver(const wire::Ack& ack, const Sent& chunk, bool limited);
  void MeasureBurst(absl::Duration now, const Sent& last);
  void AddSample(WindowedMax& filter, double rate, bool limited);
  void MeasureRoundTrip(absl::Duration now, const Sent& chunk);
  void CountRound(bool limited);
  void EnterDrain(absl::Duration now);
  void Drain(absl::Duration now, const Sent& chunk);
  void LeaveDrain();
  void Resize(uint64_t newly_acked);

  Phase phase_ = Phase::kStartUp;
  uint64_t window_ = kInitial;
  size_t chunk_ = kMinChunk;
  uint64_t sent_ = 0;
  uint64_t acked_ = 0;
  absl::Duration acked_at_;
  absl::Duration acked_sent_at_;  // when the latest acknowledged chunk was sent
  absl::Duration idle_until_;     // when the burst on its way began, or the latest one, and
  uint64_t idle_acked_ = 0;       // acked_ then
  std::deque<Sent> chunks_;
  uint64_t limited_until_ = 0;  // chunks up to here are limited by the application

  double rate_ = 0;
  absl::Duration busy_;  // time with something on its way: the clock of the two filters
  WindowedMax sender_rate_;
  WindowedMax receiver_rate_;
  absl::Duration base_rtt_ = absl::InfiniteDuration();
  absl::Duration base_rtt_at_;

  // The receiver's stretch under measurement, pauses left out.
  struct Stretch {
    uint64_t bytes = 0;
    absl::Duration received;  // how long it took to come
    absl::Duration sent;      // how long it took to be sent
    bool limited = false;
  };
  Stretch stretch_;
  // The same since nothing was on its way; too short where it ends before a stretch does.
  Stretch burst_;
  bool burst_measured_ = false;
  std::optional<RateSample> sample_;
  uint64_t stretch_acked_ = 0;  // Ack.bytes and Ack.received_us at its latest point
  uint64_t stretch_us_ = 0;

  uint64_t round_end_ = 0;  // a round ends when what was sent in the one before is acknowledged
  int rounds_without_growth_ = 0;
  double rate_before_ = 0;

  bool slower_ = false;      // the drain is because of a long round trip
  bool drained_ = false;     // the queue is empty
  uint64_t drained_at_ = 0;  // sent_ when the queue was empty
};

}  // namespace tideline
