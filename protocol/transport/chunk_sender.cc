#include "protocol/transport/chunk_sender.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/hash.h"

namespace tideline {

ChunkSender::ChunkSender(SendFunction send, uint64_t max_queued)
    : send_(std::move(send)), max_queued_(max_queued) {}

ChunkSender::Items::iterator ChunkSender::Find(uint64_t request) {
  return std::ranges::find(items_, request, &Item::request);
}

absl::Status ChunkSender::Add(absl::Duration now, uint64_t request, std::vector<Bytes> tensors,
                              SentCallback sent) {
  if (Find(request) != items_.end()) {
    return InvalidArgument("request {} is queued already", request);
  }
  Item item{.request = request, .filling = tensors.size(), .done = std::move(sent)};
  for (Bytes& bytes : tensors) {
    item.waiting += bytes.size();
    Tensor& tensor = item.tensors.emplace_back();
    if (bytes.size() > 0) {
      tensor.waiting = bytes.size();
      tensor.pieces.push_back(std::move(bytes));
    }
  }
  if (item.waiting > max_queued_ - queued_) {
    return ResourceExhausted("request {} has {} bytes, {} of {} wait to be sent already", request,
                             item.waiting, queued_, max_queued_);
  }
  queued_ += item.waiting;
  items_.push_back(std::move(item));
  Pump(now);
  return absl::OkStatus();
}

absl::Status ChunkSender::Open(uint64_t request, size_t tensors, SentCallback sent) {
  if (Find(request) != items_.end()) {
    return InvalidArgument("request {} is queued already", request);
  }
  items_.push_back(
      {.request = request, .tensors = std::vector<Tensor>(tensors), .done = std::move(sent)});
  return absl::OkStatus();
}

absl::Status ChunkSender::Extend(absl::Duration now, uint64_t request, size_t tensor,
                                 const Bytes& bytes) {
  const auto item = Find(request);
  if (item == items_.end() || !item->open()) {
    return InvalidArgument("request {} is not open", request);
  }
  if (tensor < item->filling || tensor >= item->tensors.size()) {
    return InvalidArgument("request {}: bytes of tensor {} come when {} of {} are whole", request,
                           tensor, item->filling, item->tensors.size());
  }
  if (bytes.size() > max_queued_ - queued_) {
    return ResourceExhausted("request {} gets {} more bytes, {} of {} wait to be sent already",
                             request, bytes.size(), queued_, max_queued_);
  }
  item->filling = tensor;
  if (bytes.size() > 0) {
    Tensor& extended = item->tensors[tensor];
    extended.pieces.push_back(bytes);
    extended.waiting += bytes.size();
    item->waiting += bytes.size();
    queued_ += bytes.size();
  }
  Pump(now);
  return absl::OkStatus();
}

void ChunkSender::Close(absl::Duration now, uint64_t request) {
  if (const auto item = Find(request); item != items_.end()) {
    item->filling = item->tensors.size();
    Pump(now);
  }
}

std::optional<wire::End> ChunkSender::CutShort(uint64_t request) {
  const auto item = Find(request);
  if (item == items_.end() || (item->waiting == 0 && !item->open())) {
    return std::nullopt;
  }
  wire::End end{.request = request};
  for (size_t i = 0; i < item->tensors.size(); ++i) {
    const Tensor& tensor = item->tensors[i];
    end.bytes.push_back(tensor.sent);
    if (tensor.waiting > 0 || i >= item->filling) {
      end.cut_short |= static_cast<uint16_t>(1 << i);
    }
  }
  Cancel(request);
  return end;
}

uint64_t ChunkSender::Cancel(uint64_t request) {
  const auto item = Find(request);
  if (item == items_.end()) {
    return 0;
  }
  const uint64_t sent = item->sent;
  queued_ -= item->waiting;
  items_.erase(item);
  return sent;
}

absl::Status ChunkSender::OnAck(absl::Duration now, const wire::Ack& ack) {
  RETURN_IF_ERROR(window_.OnAck(now, ack));
  Pump(now);
  return absl::OkStatus();
}

void ChunkSender::Pump(absl::Duration now) {
  if (pumping_) {
    return;  // called from a callback of the loop below, which goes on by itself
  }
  pumping_ = true;
  while (SendNext(now)) {
  }
  pumping_ = false;
  if (std::ranges::all_of(items_, &Item::starved)) {
    window_.OnNothingToSend();
  }
}

// Sends the next chunk of the first item that has one, or ends that item; false where there is
// nothing to send or it has to wait.
bool ChunkSender::SendNext(absl::Duration now) {
  const auto item = std::ranges::find_if_not(items_, &Item::starved);
  if (item == items_.end()) {
    return false;
  }
  if (item->waiting == 0) {
    Finish(item);
    return true;
  }
  while (item->tensors[item->sending].waiting == 0) {
    ++item->sending;
  }
  Tensor& tensor = item->tensors[item->sending];
  const uint64_t size = std::min<uint64_t>(tensor.waiting, window_.chunk());
  if (!window_.CanSend(size)) {
    return false;
  }
  const Bytes payload = Front(tensor, size);
  const wire::Chunk chunk = {.request = item->request,
                             .tensor = static_cast<uint16_t>(item->sending),
                             .offset = tensor.sent,
                             .crc32 = Crc32(payload.view)};
  if (!send_(chunk, payload).ok()) {
    return false;
  }
  window_.OnSend(now, size);
  Take(tensor, size);
  queued_ -= size;
  item->waiting -= size;
  item->sent += size;
  return true;
}

void ChunkSender::Finish(Items::iterator item) {
  const Item finished = std::move(*item);
  items_.erase(item);
  if (finished.done) {
    std::vector<uint64_t> bytes;
    for (const Tensor& tensor : finished.tensors) {
      bytes.push_back(tensor.sent);
    }
    finished.done(bytes);
  }
}

// The first bytes that wait: a view where one piece has them all, joined where several do.
Bytes ChunkSender::Front(Tensor& tensor, uint64_t size) {
  if (const Bytes& first = tensor.pieces.front(); first.size() >= size) {
    return {first.view.first(size), first.owner};
  }
  std::string joined;
  for (auto piece = tensor.pieces.begin(); joined.size() < size; ++piece) {
    const auto part = piece->view.first(std::min<uint64_t>(piece->size(), size - joined.size()));
    joined.append(reinterpret_cast<const char*>(part.data()), part.size());
  }
  return Bytes::Own(std::move(joined));
}

// Drops the first bytes that wait, as they are sent.
void ChunkSender::Take(Tensor& tensor, uint64_t size) {
  tensor.sent += size;
  tensor.waiting -= size;
  while (size > 0) {
    Bytes& first = tensor.pieces.front();
    const uint64_t part = std::min<uint64_t>(first.size(), size);
    first.view = first.view.subspan(part);
    size -= part;
    if (first.size() == 0) {
      tensor.pieces.pop_front();
    }
  }
}

void ChunkSender::Reset() {
  items_.clear();
  queued_ = 0;
  window_.Reset();
}

}  // namespace tideline
