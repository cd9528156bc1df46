#include "protocol/transport/faulty.h"

#include <utility>

namespace tideline {
namespace {

std::string Copy(const Bytes& bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.view.data()), bytes.size());
}

}  // namespace

FaultyTransport::FaultyTransport(boost::asio::io_context& io, std::unique_ptr<Transport> inner,
                                 const FaultOptions& options)
    : inner_(std::move(inner)), line_(io, *inner_), options_(options), random_(options.seed) {}

absl::Status FaultyTransport::Send(PeerId peer, Frame frame) {
  ++counts_.sent;
  // Every kind is drawn for every frame, so that one share does not move the others' faults.
  const bool drop = Draw(options_.drop);
  const bool duplicate = Draw(options_.duplicate);
  const bool truncate = Draw(options_.truncate);
  const bool flip = Draw(options_.flip);
  const bool delay = Draw(options_.delay);
  if (drop) {
    ++counts_.dropped;
    return absl::OkStatus();
  }
  counts_.duplicated += duplicate ? 1 : 0;
  counts_.truncated += truncate ? 1 : 0;
  counts_.flipped += flip ? 1 : 0;
  counts_.delayed += delay ? 1 : 0;
  if (truncate) {
    Truncate(frame);
  }
  if (flip) {
    Flip(frame);
  }
  if (duplicate) {
    RETURN_IF_ERROR(Forward(peer, frame, delay));
  }
  return Forward(peer, std::move(frame), delay);
}

void FaultyTransport::Drop(PeerId peer) {
  line_.Forget(peer);
  inner_->Drop(peer);
}

bool FaultyTransport::Draw(double share) {
  return std::uniform_real_distribution<double>()(random_) < share;
}

void FaultyTransport::Truncate(Frame& frame) {
  std::string rest = frame.payload.size() > 0 ? Copy(frame.payload) : frame.header;
  // At least one byte stays: an empty frame is none.
  if (rest.size() > 1) {
    rest.resize(std::uniform_int_distribution<size_t>(1, rest.size() - 1)(random_));
  }
  if (frame.payload.size() > 0) {
    frame.payload = Bytes::Own(std::move(rest));
  } else {
    frame.header = std::move(rest);
  }
}

void FaultyTransport::Flip(Frame& frame) {
  const size_t size = frame.header.size() + frame.payload.size();
  if (size == 0) {
    return;
  }
  const size_t bit = std::uniform_int_distribution<size_t>(0, size * 8 - 1)(random_);
  const char mask = static_cast<char>(1U << (bit % 8));
  const size_t at = bit / 8;
  if (at < frame.header.size()) {
    frame.header[at] ^= mask;
    return;
  }
  std::string payload = Copy(frame.payload);
  payload[at - frame.header.size()] ^= mask;
  frame.payload = Bytes::Own(std::move(payload));
}

absl::Status FaultyTransport::Forward(PeerId peer, Frame frame, bool delayed) {
  if (!delayed && line_.empty()) {
    return inner_->Send(peer, std::move(frame));
  }
  const auto now = std::chrono::steady_clock::now();
  line_.Push(delayed ? now + absl::ToChronoNanoseconds(options_.delay_time) : now, peer,
             std::move(frame));
  return absl::OkStatus();
}

}  // namespace tideline
