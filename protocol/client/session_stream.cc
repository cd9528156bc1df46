#include <utility>

#include "protocol/client/session_impl.h"

namespace tideline {

uint64_t SessionImpl::Begin(Submission submission, ReplyCallback done) {
  return Start(std::move(submission), /*begun=*/true, std::move(done));
}

bool SessionImpl::CanBegin() const {
  return state_ == LinkState::kReady && welcome_->protocol >= wire::kOpenVersion;
}

bool SessionImpl::Extend(uint64_t id, size_t tensor, Bytes bytes) {
  const auto found = open_.find(id);
  if (found == open_.end() || found->second.bytes_sent.has_value()) {
    return false;
  }
  OpenRequest& open = found->second;
  const uint64_t size = bytes.size();
  absl::Status status;
  if (tensor >= open.room.size() || size > open.room[tensor]) {
    status = InvalidArgument("tensor {} has more encoded bytes than were announced", tensor);
  } else {
    open.room[tensor] -= size;
    open.bytes += size;
    status = sender_.Extend(clock_.Now(), id, tensor, bytes);
  }
  if (!status.ok()) {
    FailOnBothSides(id, status);
  }
  return status.ok();
}

void SessionImpl::Close(uint64_t id) {
  const auto found = open_.find(id);
  if (found == open_.end()) {
    return;
  }
  OpenRequest& open = found->second;
  open.given = clock_.Now();
  open_bytes_ -= open.announced - open.bytes;
  open.announced = open.bytes;
  open.room.assign(open.room.size(), 0);
  sender_.Close(open.given, id);
}

// The last chunk of a request that was begun has gone out: how many there were.
void SessionImpl::OnAllSent(uint64_t id, const std::vector<uint64_t>& bytes) {
  if (const absl::Status status = Send(wire::End{.request = id, .bytes = bytes}); !status.ok()) {
    FailOnBothSides(id, status);  // the cloud would wait for it for ever
  }
}

}  // namespace tideline
