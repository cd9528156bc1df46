#include <utility>

#include "protocol/client/session_impl.h"

namespace tideline {

uint64_t SessionImpl::AskProfile(uint16_t model, absl::Duration budget, ReplyCallback done) {
  const uint64_t id = ++last_id_;
  absl::Status status = CheckState(budget);
  if (status.ok() && welcome_->protocol < wire::kProfileVersion) {
    status = FailedPrecondition(
        "the cloud speaks protocol version {}, profiles travel from version {} on; update it",
        welcome_->protocol, wire::kProfileVersion);
  }
  if (status.ok()) {
    status = Send(wire::ProfileRequest{id, model});
  }
  if (!status.ok()) {
    Call(std::move(done), status);
    return id;
  }
  OpenRequest& open = open_[id];
  open.done = std::move(done);
  open.begun = clock_.Now();
  open.given = open.begun;
  StartBudget(id, open, budget);
  return id;
}

}  // namespace tideline
