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

// Sends tensors to one peer as chunks under a SendWindow, first come, first served by request; one
// that waits for its encoder lets the next ones go. Used by both sides of a connection; knows
// nothing of the transport. Never calls its callbacks from the constructor, Cancel or Reset.
// Thread-compatible.
class ChunkSender {
 public:
  // Hands one chunk to the transport. After an error the chunk stays first in the queue and is
  // tried again at the next Add, OnAck or Pump. It may not call back into this object.
  using SendFunction = std::function<absl::Status(const wire::Chunk& chunk, Bytes payload)>;
  // Everything of one request has been handed to the transport: so many bytes of each tensor. It
  // may call anything here.
  using SentCallback = std::function<void(const std::vector<uint64_t>& bytes)>;

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

  // Queues a request of so many tensors whose bytes come by Extend. Errors: InvalidArgument where
  // it is queued already.
  absl::Status Open(uint64_t request, size_t tensors, SentCallback sent = nullptr);
  // The next bytes of an open request; a tensor is whole once those of a later one come.
  // Errors: ResourceExhausted over max_queued, InvalidArgument for a request that is not open and
  // for a tensor that it has not or that is whole; nothing is queued then.
  absl::Status Extend(absl::Duration now, uint64_t request, size_t tensor, const Bytes& bytes);
  // No more bytes come of an open request; nothing happens to any other one.
  void Close(absl::Duration now, uint64_t request);

  // Drops what has not been handed over and returns how many bytes have. 0 for a request that is
  // not queued (any more). Its SentCallback is not called.
  uint64_t Cancel(uint64_t request);

  // Drops what has not been handed over of a request, or is still to come of an open one, and
  // returns what ends it; nullopt for a request of which nothing is left to send. Its SentCallback
  // is not called.
  std::optional<wire::End> CutShort(uint64_t request);

  // Errors: DataLoss where the peer acknowledges what was not sent; the connection is then broken.
  absl::Status OnAck(absl::Duration now, const wire::Ack& ack);

  // Sends what the window lets through.
  void Pump(absl::Duration now);

  // A new session: the queue is dropped, counts and estimates start again.
  void Reset();

  const SendWindow& window() const { return window_; }
  std::optional<RateSample> TakeRateSample() { return window_.TakeSample(); }
  uint64_t queued() const { return queued_; }  // bytes that wait here

 private:
  struct Tensor {
    std::deque<Bytes> pieces;  // that wait
    uint64_t waiting = 0;      // bytes, all pieces
    uint64_t sent = 0;         // bytes
  };
  struct Item {
    uint64_t request = 0;
    std::vector<Tensor> tensors;
    size_t sending = 0;  // the tensor whose chunk is next
    size_t filling = 0;  // the tensor that may get more bytes; all there are where none may
    uint64_t waiting = 0;
    uint64_t sent = 0;  // bytes handed over, all tensors
    SentCallback done;

    bool open() const { return filling < tensors.size(); }
    bool starved() const { return waiting == 0 && open(); }
  };
  using Items = std::deque<Item>;

  Items::iterator Find(uint64_t request);
  bool SendNext(absl::Duration now);
  void Finish(Items::iterator item);
  static Bytes Front(Tensor& tensor, uint64_t size);
  static void Take(Tensor& tensor, uint64_t size);

  const SendFunction send_;
  const uint64_t max_queued_;
  uint64_t queued_ = 0;
  bool pumping_ = false;  // a callback may come back in
  Items items_;
  SendWindow window_;
};

}  // namespace tideline
