#pragma once

#include <cstdint>
#include <memory>
#include <random>

#include "absl/time/time.h"
#include <boost/asio/io_context.hpp>

#include "protocol/transport/delay_line.h"
#include "protocol/transport/transport.h"

namespace tideline {

// What goes wrong with frames that are sent: shares of them, 0 to 1 each, drawn apart from each
// other. The same seed and frames give the same faults.
struct FaultOptions {
  uint64_t seed = 1;
  double drop = 0;
  double duplicate = 0;
  double truncate = 0;  // the payload, or the header where there is none, loses its end
  double flip = 0;      // one bit anywhere
  double delay = 0;     // held back for `delay_time`, and all frames behind it with it
  absl::Duration delay_time = absl::Milliseconds(50);
};

// A dropped frame counts as dropped alone.
struct FaultCounts {
  uint64_t sent = 0;  // handed over by the caller
  uint64_t dropped = 0;
  uint64_t duplicated = 0;
  uint64_t truncated = 0;
  uint64_t flipped = 0;
  uint64_t delayed = 0;
};

// A transport that harms what it sends; what it receives is untouched (wrap the other end too).
// I/O thread only.
class FaultyTransport final : public Transport {
 public:
  FaultyTransport(boost::asio::io_context& io, std::unique_ptr<Transport> inner,
                  const FaultOptions& options);

  void SetHandler(FrameHandler* handler) override { inner_->SetHandler(handler); }
  absl::Status Send(PeerId peer, Frame frame) override;
  void Drop(PeerId peer) override;

  const FaultCounts& counts() const { return counts_; }

 private:
  bool Draw(double share);
  void Truncate(Frame& frame);
  void Flip(Frame& frame);
  absl::Status Forward(PeerId peer, Frame frame, bool delayed);

  std::unique_ptr<Transport> inner_;
  DelayLine line_;
  const FaultOptions options_;
  FaultCounts counts_;
  std::mt19937_64 random_;
};

}  // namespace tideline
