#include "cloud/decoding.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "boost/asio/post.hpp"

#include "common/base/clock.h"

namespace tideline {

namespace {

// Of the decode thread's memory; given back when nobody needs it any more.
class Share {
 public:
  Share(std::shared_ptr<std::atomic<uint64_t>> sum, uint64_t bytes)
      : sum_(std::move(sum)), bytes_(bytes) {
    *sum_ += bytes_;
  }
  ~Share() { *sum_ -= bytes_; }
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

 private:
  const std::shared_ptr<std::atomic<uint64_t>> sum_;
  const uint64_t bytes_;
};

}  // namespace

// The part of a Decoding that both threads see.
struct Decoding::Work {
  struct Piece {
    size_t tensor = 0;
    Bytes bytes;
  };
  struct Step {
    std::optional<Piece> piece;                          // the next one, or
    std::optional<std::vector<uint64_t>> encoded_bytes;  // that there is none
    bool ended = false;                                  // the last piece is here
  };

  boost::asio::io_context& io;
  std::weak_ptr<Callback> done;
  const std::vector<EncodedTensor> descriptions;
  const std::shared_ptr<const ParameterStore> store;
  const uint64_t max_tensor;
  std::shared_ptr<const void> memory;
  std::atomic<bool> dropped = false;

  absl::Mutex mutex;
  std::deque<Piece> pieces ABSL_GUARDED_BY(mutex);
  std::optional<std::vector<uint64_t>> end ABSL_GUARDED_BY(mutex);
  bool posted ABSL_GUARDED_BY(mutex) = false;  // a step of it is

  // Decode thread.
  std::vector<std::unique_ptr<Decoder>> decoders{descriptions.size()};
  absl::Duration after_end;
  bool over = false;

  // Whether a step has to be posted for what was added.
  bool Add(Piece piece);
  bool AddEnd(std::vector<uint64_t> encoded_bytes);
  Step Next();
  bool IsMore();
  bool TakeStep();
  absl::StatusOr<Decoder*> Open(size_t tensor);
  absl::Status Feed(const Piece& piece);
  absl::StatusOr<DecodedTensors> Finish(const std::vector<uint64_t>& encoded_bytes);
  void End(absl::StatusOr<DecodedTensors> result);
};

bool Decoding::Work::Add(Piece piece) {
  const absl::MutexLock lock(&mutex);
  pieces.push_back(std::move(piece));
  return !std::exchange(posted, true);
}

bool Decoding::Work::AddEnd(std::vector<uint64_t> encoded_bytes) {
  const absl::MutexLock lock(&mutex);
  end = std::move(encoded_bytes);
  return !std::exchange(posted, true);
}

Decoding::Work::Step Decoding::Work::Next() {
  const absl::MutexLock lock(&mutex);
  Step step{.ended = end.has_value()};
  if (!pieces.empty()) {
    step.piece = std::move(pieces.front());
    pieces.pop_front();
  } else {
    step.encoded_bytes = std::exchange(end, std::nullopt);
  }
  return step;
}

bool Decoding::Work::IsMore() {
  const absl::MutexLock lock(&mutex);
  posted = !pieces.empty() || end.has_value();
  return posted;
}

// Decode thread: the next piece, or the end. Whether another step has to follow.
bool Decoding::Work::TakeStep() {
  const SystemClock clock;
  const MonotonicTime begin = clock.Now();
  const Step step = Next();
  if (dropped) {
    over = true;
    decoders.clear();
  } else if (over) {
    // It has failed; what was on its way is let go.
  } else if (step.piece) {
    const absl::Status status = Feed(*step.piece);
    after_end += step.ended ? clock.Now() - begin : absl::ZeroDuration();
    if (!status.ok()) {
      End(status);
    }
  } else if (step.encoded_bytes) {
    absl::StatusOr<DecodedTensors> result = Finish(*step.encoded_bytes);
    after_end += clock.Now() - begin;
    if (result.ok()) {
      result->after_end = after_end;
    }
    End(std::move(result));
  }
  return IsMore();
}

absl::StatusOr<Decoder*> Decoding::Work::Open(size_t tensor) {
  std::unique_ptr<Decoder>& decoder = decoders[tensor];
  if (decoder == nullptr) {
    ASSIGN_OR_RETURN(decoder, Decoder::Create(descriptions[tensor], max_tensor, store.get()));
  }
  return decoder.get();
}

absl::Status Decoding::Work::Feed(const Piece& piece) {
  ASSIGN_OR_RETURN(Decoder* const decoder, Open(piece.tensor));
  return decoder->Feed(piece.bytes.view);
}

absl::StatusOr<DecodedTensors> Decoding::Work::Finish(const std::vector<uint64_t>& encoded_bytes) {
  DecodedTensors decoded;
  for (size_t i = 0; i < encoded_bytes.size(); ++i) {
    ASSIGN_OR_RETURN(Decoder* const decoder, Open(i));
    ASSIGN_OR_RETURN(Decoder::CutShort tensor, decoder->FinishAt(encoded_bytes[i]));
    decoded.tensors.push_back(std::move(tensor.tensor));
    decoded.tolerance = std::max(decoded.tolerance, tensor.tolerance);
  }
  decoded.memory = memory;
  return decoded;
}

void Decoding::Work::End(absl::StatusOr<DecodedTensors> result) {
  over = true;
  decoders.clear();
  boost::asio::post(io, [done = done, result = std::move(result)]() mutable {
    if (const std::shared_ptr<Callback> callback = done.lock()) {
      (*callback)(std::move(result));
    }
  });
}

Decoding::Decoding(DecodeThread& thread, std::shared_ptr<Work> work, std::shared_ptr<Callback> done)
    : thread_(thread), work_(std::move(work)), done_(std::move(done)) {}

Decoding::~Decoding() {
  work_->dropped = true;
  thread_.worker_.Post([work = std::move(work_)] {});  // its last share is let go there
}

void Decoding::Feed(size_t tensor, Bytes bytes) {
  if (work_->Add({tensor, std::move(bytes)})) {
    thread_.Post(work_);
  }
}

void Decoding::Finish(std::vector<uint64_t> encoded_bytes) {
  if (work_->AddEnd(std::move(encoded_bytes))) {
    thread_.Post(work_);
  }
}

DecodeThread::DecodeThread(boost::asio::io_context& io, uint64_t max_tensor, uint64_t max_bytes)
    : io_(io),
      max_tensor_(max_tensor),
      max_bytes_(max_bytes),
      memory_(std::make_shared<std::atomic<uint64_t>>(0)),
      worker_("decode") {}

std::unique_ptr<Decoding> DecodeThread::Begin(std::vector<EncodedTensor> tensors,
                                              std::shared_ptr<const ParameterStore> store,
                                              uint64_t memory, Decoding::Callback done) {
  const uint64_t taken = *memory_;  // nobody else adds to it
  if (memory > max_bytes_ || taken > max_bytes_ - memory) {
    return nullptr;
  }
  auto share = std::make_shared<Share>(memory_, memory);
  auto callback = std::make_shared<Decoding::Callback>(std::move(done));
  auto work = std::make_shared<Decoding::Work>(io_, callback, std::move(tensors), std::move(store),
                                               max_tensor_, std::move(share));
  return std::unique_ptr<Decoding>(new Decoding(*this, std::move(work), std::move(callback)));
}

void DecodeThread::Post(std::shared_ptr<Decoding::Work> work) {
  worker_.Post([this, work = std::move(work)] {
    if (work->TakeStep()) {
      Post(work);
    }
  });
}

}  // namespace tideline
