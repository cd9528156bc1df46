#include "tests/lab/pipe.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <tuple>
#include <utility>

namespace tideline::lab {
namespace {

constexpr double kOpportunity = Trace::kOpportunity;

}  // namespace

Pipe::Pipe(PipeSettings settings, uint64_t seed, MonotonicTime now)
    : settings_(std::move(settings)),
      random_(seed),
      front_begun_(now),
      trace_begun_(now),
      opportunity_left_(kOpportunity),
      last_due_(now) {}

bool Pipe::HasRoom(MonotonicTime now, int64_t bytes) {
  Advance(now);
  return queue_.empty() || queued_bytes_ + bytes <= settings_.QueueLimit();
}

bool Pipe::Push(MonotonicTime now, uint32_t packet, int64_t bytes) {
  ++stats_.packets_in;
  stats_.bytes_in += bytes;
  if (!HasRoom(now, bytes)) {
    ++stats_.queue_full;
    return false;
  }
  queue_.push_back({packet, bytes});
  queued_bytes_ += bytes;
  if (queue_.size() == 1) {
    StartFront(now);
  }
  Advance(now);
  return true;
}

std::optional<Pipe::Arrival> Pipe::Pop(MonotonicTime now) {
  Advance(now);
  if (in_flight_.empty() || in_flight_.top().arrival.due > now) {
    return std::nullopt;
  }
  const InFlight top = in_flight_.top();
  in_flight_.pop();
  if (!top.arrival.lost) {
    ++stats_.packets_out;
    stats_.bytes_out += top.bytes;
  }
  return top.arrival;
}

MonotonicTime Pipe::Next() const {
  const MonotonicTime arrival =
      in_flight_.empty() ? absl::InfiniteDuration() : in_flight_.top().arrival.due;
  return queue_.empty() ? arrival : std::min(arrival, FrontPasses());
}

void Pipe::Change(MonotonicTime now, PipeSettings settings) {
  Advance(now);
  SettleFront(now);
  if (settings.trace != settings_.trace) {
    trace_begun_ = now;
    opportunity_ = 0;
    opportunity_left_ = kOpportunity;
  }
  settings_ = std::move(settings);
}

// Brings what passes the bottleneck up to `now`.
void Pipe::Advance(MonotonicTime now) {
  while (!queue_.empty() && FrontPasses() <= now) {
    PassFront(FrontPasses());
  }
}

// What is left of an opportunity serves the packets that wait at its time; later it is gone.
void Pipe::StartFront(MonotonicTime now) {
  front_left_ = static_cast<double>(queue_.front().bytes);
  front_begun_ = now;
  if (settings_.trace) {
    const int64_t first = settings_.trace->FirstFrom(now - trace_begun_);
    if (first > opportunity_) {
      opportunity_ = first;
      opportunity_left_ = kOpportunity;
    }
  }
}

// How many opportunities after the one in use the front needs.
int64_t Pipe::OpportunitiesForFront() const {
  const double missing = std::max(0.0, front_left_ - opportunity_left_);
  return static_cast<int64_t>(std::ceil(missing / kOpportunity));
}

MonotonicTime Pipe::FrontPasses() const {
  if (settings_.trace) {
    return trace_begun_ + settings_.trace->At(opportunity_ + OpportunitiesForFront());
  }
  if (!settings_.rate) {
    return front_begun_;
  }
  // At a rate of 0 this is infinite, but for an empty packet.
  return front_left_ == 0
             ? front_begun_
             : front_begun_ + absl::Seconds(8 * front_left_ / settings_.rate->bits_per_second);
}

// Takes off what was sent of the front so far.
void Pipe::SettleFront(MonotonicTime now) {
  if (queue_.empty()) {
    return;
  }
  if (settings_.trace) {
    const int64_t next = settings_.trace->FirstFrom(now - trace_begun_);
    if (next > opportunity_) {
      front_left_ -=
          opportunity_left_ + kOpportunity * static_cast<double>(next - opportunity_ - 1);
      opportunity_ = next;
      opportunity_left_ = kOpportunity;
    }
  } else if (settings_.rate) {
    front_left_ -= settings_.rate->bits_per_second / 8 * absl::ToDoubleSeconds(now - front_begun_);
  }
  front_left_ = std::max(0.0, front_left_);
  front_begun_ = now;
}

void Pipe::PassFront(MonotonicTime now) {
  const Waiting front = queue_.front();
  if (settings_.trace) {
    const int64_t more = OpportunitiesForFront();
    opportunity_left_ += kOpportunity * static_cast<double>(more) - front_left_;
    opportunity_ += more;
  }
  queue_.pop_front();
  queued_bytes_ -= front.bytes;

  const bool lost = settings_.blocked || Chance(settings_.loss);
  MonotonicTime due = now;
  if (lost) {
    ++stats_.lost;
  } else if (!Chance(settings_.reorder)) {
    const double jitter = absl::ToDoubleSeconds(settings_.jitter);
    due += settings_.delay;
    due += absl::Seconds(std::uniform_real_distribution(-jitter, jitter)(random_));
    due = last_due_ = std::max(due, last_due_);
  }
  in_flight_.push({{front.packet, due, lost}, front.bytes, passed_++});
  if (!queue_.empty()) {
    StartFront(now);
  }
}

bool Pipe::Chance(Fraction share) {
  return share.value > 0 && std::uniform_real_distribution(0.0, 1.0)(random_) < share.value;
}

}  // namespace tideline::lab
