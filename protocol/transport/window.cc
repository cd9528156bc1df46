#include "protocol/transport/window.h"

#include <algorithm>

namespace tideline {
namespace {

constexpr absl::Duration kTarget = absl::Milliseconds(100);
constexpr double kGain = 1.25;                              // of the base round trip, but
constexpr absl::Duration kQueue = absl::Milliseconds(100);  // no more than this above it
constexpr double kStartUpGain = 2;
constexpr absl::Duration kStartUpQueue = absl::Milliseconds(110);  // the same in start-up
constexpr absl::Duration kChunkTime = absl::Milliseconds(20);
constexpr absl::Duration kStretch = absl::Milliseconds(20);    // of the receiver's measurement
constexpr absl::Duration kShortest = absl::Milliseconds(1);    // of a burst that ended before, and
constexpr uint64_t kLeastBurst = 4096;                         // bytes of it, or
constexpr absl::Duration kLongBurst = absl::Milliseconds(10);  // where it is as good as a stretch
constexpr absl::Duration kAtOnce = absl::Milliseconds(4);  // between its first chunk and its last
constexpr absl::Duration kMemory = absl::Seconds(2);       // of the filters, or
constexpr int kMemoryRounds = 10;                          // as many round trips
constexpr absl::Duration kOld = absl::Seconds(10);  // a base round trip, or a pause after which …
constexpr double kGrowth = 1.25;                    // … the window is halved
constexpr int kRoundsWithoutGrowth = 3;
constexpr double kSlower = 2;  // targets; a longer round trip shows a slower link

}  // namespace

void SendWindow::OnSend(absl::Duration now, uint64_t bytes) {
  const bool idle = in_flight() == 0;
  if (idle) {
    if (sent_ > 0 && now - acked_at_ > kOld) {
      window_ = std::max<uint64_t>(window_ / 2, 2 * chunk_);
    }
    acked_at_ = now;
    acked_sent_at_ = now;
    idle_until_ = now;
    idle_acked_ = acked_;
  }
  sent_ += bytes;
  chunks_.push_back({.end = sent_,
                     .delivered = acked_,
                     .at = now,
                     .delivered_at = acked_at_,
                     .first_at = acked_sent_at_,
                     .after_idle = idle});
}

absl::Status SendWindow::OnAck(absl::Duration now, const wire::Ack& ack) {
  if (ack.bytes > sent_) {
    return DataLoss("the peer acknowledges {} bytes of chunks, {} were sent", ack.bytes, sent_);
  }
  if (ack.bytes <= acked_) {
    return absl::OkStatus();
  }
  const uint64_t newly_acked = ack.bytes - acked_;
  acked_ = ack.bytes;
  if (const std::optional<Sent> chunk = TakeAcknowledged(); chunk.has_value()) {
    const bool limited = chunk->end <= limited_until_;
    busy_ += now - std::max(acked_at_, chunk->at);
    MeasureRate(now, *chunk, limited);
    MeasureReceiver(ack, *chunk, limited);
    rate_ = receiver_rate_.value() > 0 ? std::min(sender_rate_.value(), receiver_rate_.value())
                                       : sender_rate_.value();
    MeasureRoundTrip(now, *chunk);
    CountRound(limited);
    if (in_flight() == 0) {
      MeasureBurst(now, *chunk);
    }
    if (phase_ == Phase::kDrain) {
      Drain(now, *chunk);
    }
    acked_sent_at_ = chunk->at;
  }
  acked_at_ = now;
  Resize(newly_acked);
  return absl::OkStatus();
}

// The latest chunk that is acknowledged as a whole. It is "after idle" where any before it was.
std::optional<SendWindow::Sent> SendWindow::TakeAcknowledged() {
  std::optional<Sent> latest;
  bool after_idle = false;
  while (!chunks_.empty() && chunks_.front().end <= acked_) {
    latest = chunks_.front();
    after_idle = after_idle || latest->after_idle;
    chunks_.pop_front();
  }
  if (latest.has_value()) {
    latest->after_idle = after_idle;
  }
  return latest;
}

absl::Duration SendWindow::Target() const { return std::max(kTarget, kGain * base_rtt_); }

void SendWindow::MeasureRate(absl::Duration now, const Sent& chunk, bool limited) {
  const absl::Duration interval = std::max(chunk.at - chunk.first_at, now - chunk.delivered_at);
  if (interval > absl::ZeroDuration()) {
    const double bytes = static_cast<double>(acked_ - chunk.delivered);
    AddSample(sender_rate_, bytes / absl::ToDoubleSeconds(interval), limited);
  }
}

void SendWindow::MeasureReceiver(const wire::Ack& ack, const Sent& chunk, bool limited) {
  if (chunk.after_idle) {
    burst_ = Stretch();
    burst_measured_ = false;
  } else if (ack.received_us >= stretch_us_) {
    for (Stretch* stretch : {&stretch_, &burst_}) {
      stretch->bytes += ack.bytes - stretch_acked_;
      stretch->received += absl::Microseconds(ack.received_us - stretch_us_);
      stretch->sent += chunk.at - acked_sent_at_;
      stretch->limited = stretch->limited || limited;
    }
  }
  stretch_acked_ = ack.bytes;
  stretch_us_ = ack.received_us;
  if (burst_.received >= kLongBurst && burst_.received < stretch_.received) {
    stretch_ = burst_;  // long enough alone: what came before may have been another link
  }
  if (stretch_.received < kStretch) {
    return;
  }
  // What was sent much faster than it came was limited by the link, whatever came after it.
  const bool paced = stretch_.limited && stretch_.sent > stretch_.received / 2;
  AddSample(receiver_rate_,
            static_cast<double>(stretch_.bytes) / absl::ToDoubleSeconds(stretch_.received), paced);
  sample_ = RateSample{paced ? RateSample::Kind::kAtLeast : RateSample::Kind::kExact,
                       stretch_.bytes, stretch_.received};
  stretch_ = Stretch();
  burst_measured_ = true;
}

// What is too short to be trusted, since a thread may have had to wait for a processor, can only
// have been faster. On a thin link a few kilobytes are long enough. Where the receiver's clock
// shows nothing the acknowledgement does, if all was sent at once: else it is the application's
// pace.
void SendWindow::MeasureBurst(absl::Duration now, const Sent& last) {
  if (burst_measured_) {
    return;
  }
  if (burst_.received >= kLongBurst && burst_.sent <= burst_.received / 2) {
    sample_ = RateSample{RateSample::Kind::kExact, burst_.bytes, burst_.received};
    stretch_ = Stretch();
  } else if (burst_.bytes >= kLeastBurst && burst_.received >= kShortest) {
    sample_ = RateSample{RateSample::Kind::kAtLeast, burst_.bytes, burst_.received};
  } else if (last.at - idle_until_ <= kAtOnce) {
    sample_ = RateSample{RateSample::Kind::kAlone, acked_ - idle_acked_, now - idle_until_};
  }
}

void SendWindow::AddSample(WindowedMax& filter, double rate, bool limited) {
  if (!limited || rate > filter.value()) {
    const absl::Duration rounds =
        base_rtt_ == absl::InfiniteDuration() ? kMemory : kMemoryRounds * base_rtt_;
    filter.Add(busy_, std::max(kMemory, rounds), rate);
  }
}

void SendWindow::MeasureRoundTrip(absl::Duration now, const Sent& chunk) {
  const absl::Duration rtt = now - chunk.at;
  const bool old = now - base_rtt_at_ > kOld;
  if (rtt <= base_rtt_ || (old && chunk.after_idle)) {
    base_rtt_ = rtt;
    base_rtt_at_ = now;
    return;
  }
  if (rate_ == 0) {
    return;
  }
  const double bytes = static_cast<double>(std::max<uint64_t>(window_, 2 * kMinChunk));
  const absl::Duration expected = std::max(Target(), absl::Seconds(bytes / rate_));
  if (!slower_ && rtt > kSlower * expected) {
    slower_ = true;
    sender_rate_.Clear();
    receiver_rate_.Clear();
    stretch_ = Stretch();
    EnterDrain(now);
  } else if (old && phase_ != Phase::kDrain) {
    EnterDrain(now);
  }
}

void SendWindow::CountRound(bool limited) {
  if (phase_ != Phase::kStartUp || acked_ < round_end_) {
    return;
  }
  round_end_ = sent_;
  if (rate_ >= kGrowth * rate_before_) {
    rate_before_ = rate_;
    rounds_without_growth_ = 0;
  } else if (!limited && ++rounds_without_growth_ == kRoundsWithoutGrowth) {
    phase_ = Phase::kSteady;
  }
}

void SendWindow::EnterDrain(absl::Duration now) {
  phase_ = Phase::kDrain;
  drained_ = false;
  window_ = 0;
  base_rtt_at_ = now - 2 * kOld;  // whatever is measured next with an empty queue takes its place
}

void SendWindow::Drain(absl::Duration now, const Sent& chunk) {
  if (drained_ && chunk.end > drained_at_) {
    base_rtt_ = now - chunk.at;
    base_rtt_at_ = now;
    LeaveDrain();
  } else if (in_flight() == 0 && limited_until_ == sent_) {
    LeaveDrain();  // nothing left to measure with; the next chunk is sent into an empty queue
  } else if (!drained_ && (in_flight() == 0 || in_flight() <= window_)) {
    drained_ = true;
    drained_at_ = sent_;
  }
}

void SendWindow::LeaveDrain() {
  phase_ = Phase::kStartUp;
  slower_ = false;
  round_end_ = sent_;
  rate_before_ = rate_;
  rounds_without_growth_ = 0;
}

void SendWindow::Resize(uint64_t newly_acked) {
  if (rate_ == 0) {
    return;
  }
  const auto bytes = [this](absl::Duration span) {
    return static_cast<uint64_t>(std::min<double>(rate_ * absl::ToDoubleSeconds(span), kMaximum));
  };
  if (phase_ == Phase::kDrain) {
    chunk_ = kMinChunk;  // its own transmission is part of the round trip it measures
    window_ = bytes(base_rtt_ / 2);
    return;
  }
  // A chunk is half of the window at most: the first rate is often that of a shaper's burst, and a
  // chunk sized by it would let through at once what the window is there to hold back.
  const uint64_t grown = std::max<uint64_t>(window_ + newly_acked, 2 * kMinChunk);
  chunk_ = std::clamp<uint64_t>(std::min(bytes(kChunkTime), grown / 2), kMinChunk, wire::kMaxChunk);
  absl::Duration span = Target();
  if (phase_ == Phase::kStartUp) {
    span = std::max(kTarget, std::min(kStartUpGain * base_rtt_, base_rtt_ + kStartUpQueue));
  }
  window_ = std::min(std::max<uint64_t>(bytes(span), 2 * chunk_), grown);
}

}  // namespace tideline
