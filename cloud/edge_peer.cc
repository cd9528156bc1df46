#include "cloud/edge_peer.h"

#include <algorithm>
#include <utility>

#include "cloud/request_check.h"

namespace tideline {
EdgePeer::EdgePeer(Peer peer, const PeerLimits& limits, ChunkSender::SendFunction send,
                   DecodeThread& decoder, DecodedCallback on_decoded)
    : peer_(std::move(peer)),
      limits_(limits),
      assembler_({.max_tensor = limits.max_tensor,
                  .max_inflight = limits.max_inflight,
                  .max_requests = limits.max_requests}),
      sender_(std::move(send), limits.max_inflight),
      decoder_(decoder),
      on_decoded_(std::move(on_decoded)) {}

absl::StatusOr<wire::Welcome> EdgePeer::Greet(const wire::Hello& hello, const ModelSet& models) {
  greeted_ = false;
  refused_ = false;
  leaving_ = false;
  session_ = hello.session;
  name_ = hello.edge;
  ASSIGN_OR_RETURN(wire::Welcome welcome,
                   wire::BeginWelcome(hello, {kFrontierRule, kFrontierRule}));
  protocol_ = welcome.protocol;
  models_.clear();
  for (const wire::ModelIdentity& identity : hello.models) {
    models_.push_back(models.Find(identity));
    welcome.models.push_back(models_.back().status);
  }
  welcome.max_tensor = limits_.max_tensor;
  welcome.max_inflight = limits_.max_inflight;
  greeted_ = true;
  return welcome;
}

std::vector<std::string> EdgePeer::models() const {
  std::vector<std::string> names;
  for (const ModelSet::Match& match : models_) {
    if (match.model != nullptr) {
      names.push_back(match.model->files.name);
    }
  }
  return names;
}

absl::StatusOr<const ModelSet::Match*> EdgePeer::FindReady(uint16_t model) const {
  if (model >= models_.size()) {
    return FailedPrecondition("model {} of a hello with {}; say hello first", model,
                              models_.size());
  }
  const ModelSet::Match& match = models_[model];
  if (match.model == nullptr) {
    return FailedPrecondition("{}", match.status.reason);
  }
  return &match;
}

absl::StatusOr<const ServedProfile*> EdgePeer::FindProfile(const wire::ProfileRequest& request,
                                                           const ServedProfiles& profiles) const {
  ASSIGN_OR_RETURN(const ModelSet::Match* match, FindReady(request.model));
  const ServedProfile* profile =
      profiles.Find(match->model->program->identity, match->model->frontiers->hash());
  if (profile == nullptr) {
    return NotFound(
        "this cloud has no profile of model '{}': write one with tideline profile into the folder "
        "that `profiles` in cloud.yaml names, and start it again",
        match->model->files.name);
  }
  return profile;
}

absl::StatusOr<EdgePeer::Open> EdgePeer::Check(const wire::Request& request) const {
  ASSIGN_OR_RETURN(const ModelSet::Match* found, FindReady(request.model));
  const ModelSet::Match& match = *found;
  absl::StatusOr<Frontier> cut = match.model->frontiers->Find(request.cut);
  if (!cut.ok()) {
    return absl::InvalidArgumentError(cut.status().message());
  }
  RETURN_IF_ERROR(CheckTensors(*match.model, *cut, request.tensors, limits_.max_tensor));
  return Open{.model = match.model,
              .parameters = match.parameters,
              .cut = *std::move(cut),
              .tensors = request.tensors,
              .upper_bounds = request.open,
              .expires = absl::InfiniteDuration()};
}

absl::Status EdgePeer::CheckOrder(uint64_t request) {
  if (leaving_) {
    return InvalidArgument("request {} comes after the goodbye", request);
  }
  if (request <= last_request_) {
    return InvalidArgument("request {} comes after request {}; ids ascend", request, last_request_);
  }
  last_request_ = request;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Job>> EdgePeer::Announce(const wire::Request& request,
                                                      MonotonicTime now) {
  ASSIGN_OR_RETURN(Open open, Check(request));
  RETURN_IF_ERROR(assembler_.Begin(request.id, request.tensors, request.open));
  if (request.budget_ms > 0) {
    open.expires = now + absl::Milliseconds(request.budget_ms);
  }
  open_.emplace(request.id, std::move(open));
  return JobOf(request.id, assembler_.TakeIfComplete(request.id), now);
}

absl::StatusOr<std::optional<Job>> EdgePeer::Take(const wire::Chunk& chunk, const Bytes& payload,
                                                  MonotonicTime now) {
  auto come = assembler_.Add(chunk, payload);
  const auto found = open_.find(chunk.request);
  if (come.ok() && found != open_.end()) {
    Open& open = found->second;
    if (open.decoding != nullptr) {
      open.decoding->Feed(chunk.tensor, payload);
    } else if (!come->has_value()) {
      StartDecoding(chunk.request, open);
    }
  }
  return JobOf(chunk.request, std::move(come), now);
}

// From its first chunk on, where it is not its last one. Where there is no room the assembler keeps
// what comes.
void EdgePeer::StartDecoding(uint64_t request, Open& open) {
  uint64_t memory = 0;
  for (const EncodedTensor& tensor : open.tensors) {
    const uint64_t needed = DecoderMemory(tensor);
    memory = needed > UINT64_MAX - memory ? UINT64_MAX : memory + needed;
  }
  const uint64_t taken = assembler_.inflight() + decoding_;
  if (taken > limits_.max_inflight || memory > limits_.max_inflight - taken) {
    return;
  }
  open.decoding = decoder_.Begin(open.tensors, open.parameters, memory,
                                 [this, request](absl::StatusOr<DecodedTensors> tensors) {
                                   on_decoded_(request, std::move(tensors));
                                 });
  if (open.decoding == nullptr) {
    return;
  }
  open.memory = memory;
  decoding_ += memory;
  std::vector<Bytes> come = assembler_.HandOver(request);
  for (size_t i = 0; i < come.size(); ++i) {
    if (come[i].size() > 0) {
      open.decoding->Feed(i, std::move(come[i]));
    }
  }
}

absl::StatusOr<std::optional<Job>> EdgePeer::End(const wire::End& end, MonotonicTime now) {
  auto come = assembler_.End(end);
  if (come.ok() && come->has_value()) {
    Open& open = open_.at(end.request);
    for (size_t i = 0; open.upper_bounds && i < open.tensors.size(); ++i) {
      if ((end.cut_short >> i & 1) == 0) {
        open.tensors[i].encoded_bytes = end.bytes[i];
      }
    }
  }
  return JobOf(end.request, std::move(come), now);
}

absl::StatusOr<std::optional<Job>> EdgePeer::JobOf(
    uint64_t request, absl::StatusOr<std::optional<std::vector<Bytes>>> tensors,
    MonotonicTime now) {
  if (!tensors.ok()) {
    Close(request);
    return tensors.status();
  }
  if (!tensors->has_value()) {
    return std::nullopt;
  }
  Open& open = open_.at(request);
  open.arrived = now;
  if (open.decoding == nullptr) {
    Job job = MakeJob(request, open);
    job.encoded = **std::move(tensors);
    return job;
  }
  std::vector<uint64_t> encoded_bytes;
  encoded_bytes.reserve(open.tensors.size());
  for (const EncodedTensor& tensor : open.tensors) {
    encoded_bytes.push_back(tensor.encoded_bytes);
  }
  open.decoding->Finish(std::move(encoded_bytes));
  return std::nullopt;
}

Job EdgePeer::Decoded(uint64_t request, DecodedTensors tensors) const {
  Job job = MakeJob(request, open_.at(request));
  job.decoded = std::move(tensors);
  return job;
}

Job EdgePeer::MakeJob(uint64_t request, const Open& open) const {
  Job job;
  job.peer = peer_.id;
  job.user = peer_.user;
  job.request = request;
  job.model = open.model;
  job.parameters = open.parameters;
  job.cut = open.cut;
  job.tensors = open.tensors;
  job.arrived = open.arrived;
  job.expires = open.expires;
  return job;
}

void EdgePeer::Forget() {
  greeted_ = false;
  session_ = 0;
  last_request_ = 0;
  models_.clear();
  open_.clear();
  decoding_ = 0;
  assembler_.Reset();
  sender_.Reset();
}

bool EdgePeer::Close(uint64_t request) {
  assembler_.Drop(request);
  const auto found = open_.find(request);
  if (found == open_.end()) {
    return false;
  }
  decoding_ -= found->second.memory;
  open_.erase(found);
  return true;
}

}  // namespace tideline
