#pragma once

#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include <boost/asio/io_context.hpp>

#include "protocol/transport/delay_line.h"
#include "protocol/transport/link_shape.h"
#include "protocol/transport/transport.h"

namespace tideline {

// A link: a token bucket at its entry, a fixed delay behind it, a queue in front of it.
struct ShapingOptions {
  double bits_per_second = 0;  // 0 = as fast as may be
  uint64_t burst_bytes = 3000;
  absl::Duration delay;                      // one way
  uint64_t max_queued = uint64_t{16} << 20;  // bytes, on the way or waiting
};

// A transport whose sending is as slow as a link (wrap both ends for both ways). Sizes are those of
// headers and payloads. Send: ResourceExhausted where the queue is full. I/O thread only.
class ShapingTransport final : public Transport {
 public:
  ShapingTransport(boost::asio::io_context& io, std::unique_ptr<Transport> inner,
                   const ShapingOptions& options);
  // At the rate of `shape`, which outlives it, in place of options.bits_per_second.
  ShapingTransport(boost::asio::io_context& io, std::unique_ptr<Transport> inner,
                   const ShapingOptions& options, LinkShape& shape);
  ~ShapingTransport() override;

  void SetHandler(FrameHandler* handler) override { inner_->SetHandler(handler); }
  absl::Status Send(PeerId peer, Frame frame) override;
  void Drop(PeerId peer) override;

 private:
  friend class LinkShape;
  void SetRate(double bits_per_second);

  std::unique_ptr<Transport> inner_;
  DelayLine line_;
  ShapingOptions options_;
  LinkShape* shape_ = nullptr;
  DelayLine::Time free_;  // when the link has sent all that it was given
};

}  // namespace tideline
