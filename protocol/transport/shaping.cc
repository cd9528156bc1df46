#include "protocol/transport/shaping.h"

#include <algorithm>
#include <utility>

namespace tideline {
namespace {

std::chrono::nanoseconds TimeOf(uint64_t bytes, double bits_per_second) {
  if (bits_per_second <= 0) {
    return {};
  }
  return std::chrono::nanoseconds(
      static_cast<int64_t>(static_cast<double>(bytes) * 8e9 / bits_per_second));
}

}  // namespace

ShapingTransport::ShapingTransport(boost::asio::io_context& io, std::unique_ptr<Transport> inner,
                                   const ShapingOptions& options)
    : inner_(std::move(inner)), line_(io, *inner_), options_(options) {}

ShapingTransport::ShapingTransport(boost::asio::io_context& io, std::unique_ptr<Transport> inner,
                                   const ShapingOptions& options, LinkShape& shape)
    : ShapingTransport(io, std::move(inner), options) {
  options_.bits_per_second = shape.bits_per_second();
  shape_ = &shape;
  shape.transports_.insert(this);
}

ShapingTransport::~ShapingTransport() {
  if (shape_ != nullptr) {
    shape_->transports_.erase(this);
  }
}

void LinkShape::Set(double bits_per_second) {
  bits_per_second_ = bits_per_second;
  for (ShapingTransport* transport : transports_) {
    transport->SetRate(bits_per_second);
  }
}

// What the link has not sent yet takes as many times longer as the rate is lower.
void ShapingTransport::SetRate(double bits_per_second) {
  const double before = std::exchange(options_.bits_per_second, bits_per_second);
  const auto now = std::chrono::steady_clock::now();
  if (before <= 0 || free_ <= now) {
    return;  // nothing waits for the rate
  }
  const double factor = bits_per_second > 0 ? before / bits_per_second : 0;
  line_.Stretch(now + absl::ToChronoNanoseconds(options_.delay), factor);
  free_ = now + std::chrono::nanoseconds(
                    static_cast<int64_t>(static_cast<double>((free_ - now).count()) * factor));
}

absl::Status ShapingTransport::Send(PeerId peer, Frame frame) {
  const uint64_t size = frame.header.size() + frame.payload.size();
  if (line_.bytes() + size > options_.max_queued) {
    return ResourceExhausted("shaped link: {} bytes wait already, at most {} may", line_.bytes(),
                             options_.max_queued);
  }
  if (options_.bits_per_second <= 0 && options_.delay == absl::ZeroDuration() && line_.empty()) {
    return inner_->Send(peer, std::move(frame));
  }
  // An idle bucket is full: the link is up to a burst's time ahead of now.
  const auto now = std::chrono::steady_clock::now();
  const auto burst = TimeOf(options_.burst_bytes, options_.bits_per_second);
  free_ = std::max(free_, now - burst) + TimeOf(size, options_.bits_per_second);
  line_.Push(std::max(free_, now) + absl::ToChronoNanoseconds(options_.delay), peer,
             std::move(frame));
  return absl::OkStatus();
}

void ShapingTransport::Drop(PeerId peer) {
  line_.Forget(peer);
  inner_->Drop(peer);
}

}  // namespace tideline
