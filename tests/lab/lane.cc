#include "tests/lab/lane.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tideline::lab {

Lane::Lane(boost::asio::any_io_executor executor, uint64_t seed, Arrived arrived)
    : timer_(std::move(executor)),
      pipe_(PipeSettings{}, seed, clock_.Now()),
      arrived_(std::move(arrived)) {}

bool Lane::Push(uint32_t packet, int64_t bytes) {
  if (!pipe_.Push(clock_.Now(), packet, bytes)) {
    return false;
  }
  Deliver();
  return true;
}

void Lane::Change(PipeSettings settings) {
  pipe_.Change(clock_.Now(), std::move(settings));
  Deliver();
}

void Lane::Deliver() {
  while (const auto arrival = pipe_.Pop(clock_.Now())) {
    const absl::Duration late = clock_.Now() - arrival->due;
    ++lateness_.arrivals;
    lateness_.over_1ms += late > absl::Milliseconds(1);
    lateness_.total += late;
    lateness_.worst = std::max(lateness_.worst, late);
    arrived_(arrival->packet, arrival->lost);
  }
  Arm();
}

// The timer stays where it would ring too early: then it is set again.
void Lane::Arm() {
  const MonotonicTime next = pipe_.Next();
  if (next >= armed_) {
    return;
  }
  armed_ = next;
  timer_.expires_at(std::chrono::steady_clock::time_point(absl::ToChronoNanoseconds(next)));
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) {
      armed_ = absl::InfiniteDuration();
      Deliver();
    }
  });
}

}  // namespace tideline::lab
