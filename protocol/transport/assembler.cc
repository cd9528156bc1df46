#include "protocol/transport/assembler.h"

#include <algorithm>
#include <utility>

#include "common/base/hash.h"

namespace tideline {
namespace {

// What an encoded tensor may have more than a decoded one: a compressor's frame around what it
// could not compress.
uint64_t EncodedBound(uint64_t decoded) { return decoded + decoded / 64 + 4096; }

absl::Status CheckTensor(const EncodedTensor& tensor, uint64_t max_tensor) {
  const std::optional<uint64_t> decoded = DecodedBytes(tensor);
  if (!decoded.has_value()) {
    return InvalidArgument(
        "its shape has a negative dimension or more elements than 64 bits count");
  }
  if (*decoded > max_tensor) {
    return ResourceExhausted("it has {} bytes, max_tensor is {}", *decoded, max_tensor);
  }
  if (tensor.encoded_bytes > EncodedBound(max_tensor)) {
    return ResourceExhausted("it has {} encoded bytes, at most {} can come of max_tensor {}",
                             tensor.encoded_bytes, EncodedBound(max_tensor), max_tensor);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Assembler::CheckAnnouncement(uint64_t request,
                                          const std::vector<EncodedTensor>& tensors) const {
  if (tensors.empty() || tensors.size() > wire::kMaxTensors) {
    return InvalidArgument("request {} announces {} tensors, 1 to {} are possible", request,
                           tensors.size(), wire::kMaxTensors);
  }
  uint64_t bytes = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (absl::Status status = CheckTensor(tensors[i], limits_.max_tensor); !status.ok()) {
      return Annotate(status, fmt::format("request {}: tensor {}", request, i));
    }
    bytes += tensors[i].encoded_bytes;  // 16 of them that are checked do not overflow
  }
  if (bytes > limits_.max_inflight || inflight_ > limits_.max_inflight - bytes) {
    return ResourceExhausted("request {} has {} bytes, {} of open requests and max_inflight is {}",
                             request, bytes, inflight_, limits_.max_inflight);
  }
  if (requests_.size() >= limits_.max_requests) {
    return ResourceExhausted("request {} comes when {} of {} are open", request, requests_.size(),
                             limits_.max_requests);
  }
  return absl::OkStatus();
}

absl::Status Assembler::Begin(uint64_t request, const std::vector<EncodedTensor>& tensors,
                              bool open) {
  if (requests_.contains(request)) {
    Drop(request);
    return InvalidArgument("request {} is announced twice", request);
  }
  if (absl::Status status = CheckAnnouncement(request, tensors); !status.ok()) {
    Drop(request);
    return status;
  }
  Request& begun = requests_[request];
  for (const EncodedTensor& tensor : tensors) {
    begun.tensors.push_back({.announced = tensor.encoded_bytes});
    begun.announced += tensor.encoded_bytes;
  }
  begun.missing = begun.announced;
  begun.open = open;
  inflight_ += begun.announced;
  return absl::OkStatus();
}

absl::Status Assembler::CheckChunk(const Request& request, const wire::Chunk& chunk,
                                   const Bytes& payload) {
  if (chunk.tensor >= request.tensors.size()) {
    return InvalidArgument("request {}: a chunk of tensor {}, {} are announced", chunk.request,
                           chunk.tensor, request.tensors.size());
  }
  const Partial& tensor = request.tensors[chunk.tensor];
  if (payload.size() == 0 || payload.size() > wire::kMaxChunk) {
    return InvalidArgument("request {}: tensor {}: a chunk has {} bytes, 1 to {} are possible",
                           chunk.request, chunk.tensor, payload.size(), wire::kMaxChunk);
  }
  if (chunk.offset != tensor.received) {
    return DataLoss("request {}: tensor {}: a chunk at offset {}, the next one begins at {}",
                    chunk.request, chunk.tensor, chunk.offset, tensor.received);
  }
  if (payload.size() > tensor.announced - chunk.offset) {
    return InvalidArgument("request {}: tensor {}: {} bytes at offset {}, {} are announced",
                           chunk.request, chunk.tensor, payload.size(), chunk.offset,
                           tensor.announced);
  }
  if (const uint32_t crc = Crc32(payload.view); crc != chunk.crc32) {
    return DataLoss(
        "request {}: tensor {}: the chunk at offset {} has CRC-32 {:08x}, its header says {:08x}",
        chunk.request, chunk.tensor, chunk.offset, crc, chunk.crc32);
  }
  return absl::OkStatus();
}

absl::StatusOr<Assembler::Request*> Assembler::Find(uint64_t request, const char* what) {
  if (const auto found = requests_.find(request); found != requests_.end()) {
    return &found->second;
  }
  if (dropped_.contains(request)) {
    return nullptr;
  }
  return InvalidArgument("{} of request {}, which was not announced", what, request);
}

absl::StatusOr<std::optional<std::vector<Bytes>>> Assembler::Add(const wire::Chunk& chunk,
                                                                 const Bytes& payload) {
  received_ += payload.size();
  ASSIGN_OR_RETURN(Request* const request, Find(chunk.request, "a chunk"));
  if (request == nullptr) {
    return std::nullopt;
  }
  if (absl::Status status = CheckChunk(*request, chunk, payload); !status.ok()) {
    Drop(chunk.request);
    return status;
  }
  Partial& tensor = request->tensors[chunk.tensor];
  if (request->kept) {
    if (payload.size() == tensor.announced) {
      tensor.whole = payload;  // it came in one piece, no copy is needed
    } else {
      tensor.bytes.append(reinterpret_cast<const char*>(payload.view.data()), payload.size());
    }
  }
  tensor.received += payload.size();
  request->missing -= payload.size();
  return TakeIfComplete(chunk.request);
}

std::vector<Bytes> Assembler::HandOver(uint64_t request) {
  Request& found = requests_.at(request);
  found.kept = false;
  return Take(found);
}

absl::Status Assembler::CheckEnd(const Request& request, const wire::End& end) {
  if (end.bytes.size() != request.tensors.size()) {
    return InvalidArgument("request {} ends with {} tensors, {} are announced", end.request,
                           end.bytes.size(), request.tensors.size());
  }
  for (size_t i = 0; i < end.bytes.size(); ++i) {
    if (end.bytes[i] != request.tensors[i].received) {
      return DataLoss("request {}: tensor {}: {} bytes came, it ends after {}", end.request, i,
                      request.tensors[i].received, end.bytes[i]);
    }
  }
  if (!request.open && request.missing == 0) {
    return InvalidArgument("the end of request {}, of which everything has come", end.request);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::vector<Bytes>>> Assembler::End(const wire::End& end) {
  ASSIGN_OR_RETURN(Request* const request, Find(end.request, "the end"));
  if (request == nullptr) {
    return std::nullopt;
  }
  if (absl::Status status = CheckEnd(*request, end); !status.ok()) {
    Drop(end.request);
    return status;
  }
  for (Partial& tensor : request->tensors) {
    tensor.announced = tensor.received;
  }
  if (request->open) {  // what was announced was an upper bound
    inflight_ -= request->missing;
    request->announced -= request->missing;
  }
  request->missing = 0;
  request->open = false;
  return Take(*request);
}

std::optional<std::vector<Bytes>> Assembler::TakeIfComplete(uint64_t request) {
  const auto found = requests_.find(request);
  if (found == requests_.end() || found->second.missing > 0 || found->second.open) {
    return std::nullopt;
  }
  return Take(found->second);
}

std::vector<Bytes> Assembler::Take(Request& request) {
  std::vector<Bytes> complete;
  for (Partial& part : request.tensors) {
    complete.push_back(part.whole.size() > 0 ? std::exchange(part.whole, {})
                                             : Bytes::Own(std::move(part.bytes)));
  }
  return complete;
}

void Assembler::Drop(uint64_t request) {
  if (const auto found = requests_.find(request); found != requests_.end()) {
    inflight_ -= found->second.announced;
    requests_.erase(found);
  }
  if (!dropped_.insert(request).second) {
    return;
  }
  dropped_order_.push_back(request);
  if (dropped_order_.size() > kRemembered) {
    dropped_.erase(dropped_order_.front());
    dropped_order_.pop_front();
  }
}

void Assembler::Reset() {
  requests_.clear();
  dropped_.clear();
  dropped_order_.clear();
  received_ = 0;
  inflight_ = 0;
}

wire::Ack Assembler::Acknowledge(absl::Duration now) const {
  return {.bytes = received_, .received_us = static_cast<uint64_t>(absl::ToInt64Microseconds(now))};
}

}  // namespace tideline
