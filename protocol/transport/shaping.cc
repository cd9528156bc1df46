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

absl::Status ShapingTransport::Send(PeerId peer, Frame frame) {
  const uint64_t size = frame.header.size() + frame.payload.size();
  if (line_.bytes() + size > options_.max_queued) {
    return ResourceExhausted("shaped link: {} bytes wait already, at most {} may", line_.bytes(),
                             options_.max_queued);
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
