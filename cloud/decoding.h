#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "boost/asio/io_context.hpp"

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/base/worker_thread.h"
#include "common/tensor/tensor.h"
#include "protocol/codec/codec.h"

namespace tideline {

// The tensors of a request that was decoded while it came.
struct DecodedTensors {
  std::vector<Tensor> tensors;
  int tolerance = 0;         // levels that an element may be off, where its tensor was cut short
  absl::Duration after_end;  // what decoding still took when the last byte had come
  // Counts as memory of the decode thread until the last share in it is gone.
  std::shared_ptr<const void> memory;
};

class DecodeThread;

// One request whose tensors are decoded while they come. What it holds belongs to the decode thread
// and is freed there, also where the request is dropped in the middle. I/O thread only; nothing
// blocks.
class Decoding {
 public:
  // Called at most once, on a clean stack, and not after the Decoding is gone: with the tensors
  // after Finish, or with the error of Decoder as soon as it shows.
  using Callback = std::function<void(absl::StatusOr<DecodedTensors>)>;

  ~Decoding();
  Decoding(const Decoding&) = delete;
  Decoding& operator=(const Decoding&) = delete;

  // The next bytes of a tensor, in order.
  void Feed(size_t tensor, Bytes bytes);
  // No more bytes come. `encoded_bytes` of each tensor: as many have come of one that is whole,
  // fewer of one that was cut short.
  void Finish(std::vector<uint64_t> encoded_bytes);

 private:
  friend class DecodeThread;
  struct Work;
  Decoding(DecodeThread& thread, std::shared_ptr<Work> work, std::shared_ptr<Callback> done);

  DecodeThread& thread_;
  std::shared_ptr<Work> work_;
  const std::shared_ptr<Callback> done_;
};

// The thread on which requests are decoded while they come, a stretch of each in turn. What its
// decoders and their tensors take together is bounded. I/O thread only.
class DecodeThread {
 public:
  // `max_tensor` bounds each decoded tensor, `max_bytes` all memory. `io` outlives it.
  DecodeThread(boost::asio::io_context& io, uint64_t max_tensor, uint64_t max_bytes);

  // Starts on a request that takes `memory` bytes at most; `store` may be nullptr. nullptr where
  // there is no room for it: it is to be decoded when it has come. It outlives what it returns.
  std::unique_ptr<Decoding> Begin(std::vector<EncodedTensor> tensors,
                                  std::shared_ptr<const ParameterStore> store, uint64_t memory,
                                  Decoding::Callback done);

  // Bytes of all that is begun and not freed.
  uint64_t memory() const { return *memory_; }

 private:
  friend class Decoding;
  void Post(std::shared_ptr<Decoding::Work> work);

  boost::asio::io_context& io_;
  const uint64_t max_tensor_;
  const uint64_t max_bytes_;
  const std::shared_ptr<std::atomic<uint64_t>> memory_;
  WorkerThread worker_;  // last: joined first
};

}  // namespace tideline
