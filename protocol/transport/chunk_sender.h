#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "absl/time/time.h"

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "protocol/messages.h"
#include "protocol/transport/window.h"

namespace tideline {

// Sends tensors to one peer as chunks under a SendWindow, first come, first served by request.
// Used by both sides of a connection; knows nothing of the transport. Never calls its callbacks
// from the constructor, Cancel or Reset. Thread-compatible.
class ChunkSender {
 public:
  // Hands one chunk to the transport. After an error the chunk stays first in the queue and is
  // tried again at the next Add, OnAck or Pump. It may not call back into this object.
  using SendFunction = std::function<absl::Status(const wire::Chunk& chunk, Bytes payload)>;
  // Everything of one request has been handed to the transport: `bytes` of payload. It may call
  // anything here.
  using SentCallback = std::function<void(uint64_t bytes)>;

  // `max_queued`: bytes that may wait here, over all requests.
  ChunkSender(SendFunction send, uint64_t max_queued);

  // Queues the tensors of one request (or result) behind those that wait and sends what the window
  // lets through; its header is on its way already. A tensor without bytes has no chunk. `sent` may
  // be empty.
  // `now` is a monotonic clock, always the same one.
  // Errors: ResourceExhausted over max_queued, InvalidArgument where the request is queued already;
  // nothing is queued then.
  absl::Status Add(absl::Duration now, uint64_t request, std::vector<Bytes> tensors,
                   SentCallback sent = nullptr);

  // Drops what has not been handed over and returns how many bytes have. 0 for a request that is
  // not queued (any more). Its SentCallback is not called.
  uint64_t Cancel(uint64_t request);

  // Drops what has not been handed over of a request and returns how many bytes of each tensor
  // have; nullopt for a request of which nothing is left to send. Its SentCallback is not called.
  std::optional<std::vector<uint64_t>> CutShort(uint64_t request);

  // Errors: DataLoss where the peer acknowledges what was not sent; the connection is then broken.
  absl::Status OnAck(absl::Duration now, const wire::Ack& ack);

  // Sends what the window lets through.
  void Pump(absl::Duration now);

  // A new session: the queue is dropped, counts and estimates start again.
  void Reset();

  const SendWindow& window() const { return window_; }
  uint64_t queued() const { return queued_; }  // bytes that wait here

 private:
  struct Item {
    uint64_t request = 0;
    std::vector<Bytes> tensors;
    uint64_t total = 0;   // bytes, all tensors
    size_t tensor = 0;    // the one being sent
    uint64_t offset = 0;  // of its next chunk
    uint64_t sent = 0;    // bytes handed over, all tensors
    SentCallback done;
  };

  std::deque<Item>::iterator Find(uint64_t request);
  bool SendNext(absl::Duration now);

  const SendFunction send_;
  const uint64_t max_queued_;
  uint64_t queued_ = 0;
  bool pumping_ = false;  // a callback may come back in
  std::deque<Item> items_;
  SendWindow window_;
};

}  // namespace tideline
