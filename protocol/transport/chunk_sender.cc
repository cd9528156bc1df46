#include "protocol/transport/chunk_sender.h"

#include <algorithm>
#include <utility>

#include "common/base/hash.h"

namespace tideline {

ChunkSender::ChunkSender(SendFunction send, uint64_t max_queued)
    : send_(std::move(send)), max_queued_(max_queued) {}

absl::Status ChunkSender::Add(absl::Duration now, uint64_t request, std::vector<Bytes> tensors,
                              SentCallback sent) {
  if (std::any_of(items_.begin(), items_.end(),
                  [&](const Item& item) { return item.request == request; })) {
    return InvalidArgument("request {} is queued already", request);
  }
  uint64_t bytes = 0;
  for (const Bytes& tensor : tensors) {
    bytes += tensor.size();
  }
  if (bytes > max_queued_ - queued_) {
    return ResourceExhausted("request {} has {} bytes, {} of {} wait to be sent already", request,
                             bytes, queued_, max_queued_);
  }
  queued_ += bytes;
  items_.push_back(
      {.request = request, .tensors = std::move(tensors), .total = bytes, .done = std::move(sent)});
  Pump(now);
  return absl::OkStatus();
}

std::deque<ChunkSender::Item>::iterator ChunkSender::Find(uint64_t request) {
  return std::find_if(items_.begin(), items_.end(),
                      [&](const Item& item) { return item.request == request; });
}

std::optional<std::vector<uint64_t>> ChunkSender::CutShort(uint64_t request) {
  const auto item = Find(request);
  if (item == items_.end() || item->sent == item->total) {
    return std::nullopt;
  }
  std::vector<uint64_t> sent;
  for (size_t i = 0; i < item->tensors.size(); ++i) {
    sent.push_back(i < item->tensor    ? item->tensors[i].size()
                   : i == item->tensor ? item->offset
                                       : 0);
  }
  Cancel(request);
  return sent;
}

uint64_t ChunkSender::Cancel(uint64_t request) {
  const auto item = Find(request);
  if (item == items_.end()) {
    return 0;
  }
  const uint64_t sent = item->sent;
  queued_ -= item->total - sent;
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
  while (!items_.empty() && SendNext(now)) {
  }
  pumping_ = false;
  if (items_.empty()) {
    window_.OnNothingToSend();
  }
}

// Sends the next chunk of the first item, or ends it; false where it has to wait.
bool ChunkSender::SendNext(absl::Duration now) {
  Item& item = items_.front();
  if (item.sent == item.total) {
    const Item finished = std::move(item);
    items_.pop_front();
    if (finished.done) {
      finished.done(finished.sent);
    }
    return true;
  }
  while (item.offset == item.tensors[item.tensor].size()) {
    ++item.tensor;
    item.offset = 0;
  }
  const Bytes& tensor = item.tensors[item.tensor];
  const uint64_t size = std::min<uint64_t>(tensor.size() - item.offset, window_.chunk());
  if (!window_.CanSend(size)) {
    return false;
  }
  const Bytes payload = {tensor.view.subspan(item.offset, size), tensor.owner};
  const wire::Chunk chunk = {.request = item.request,
                             .tensor = static_cast<uint16_t>(item.tensor),
                             .offset = item.offset,
                             .crc32 = Crc32(payload.view)};
  if (!send_(chunk, payload).ok()) {
    return false;
  }
  window_.OnSend(now, size);
  queued_ -= size;
  item.sent += size;
  item.offset += size;
  return true;
}

void ChunkSender::Reset() {
  items_.clear();
  queued_ = 0;
  window_.Reset();
}

}  // namespace tideline
