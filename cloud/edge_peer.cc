#include "cloud/edge_peer.h"

#include <algorithm>
#include <utility>

#include "common/base/checked.h"

namespace tideline {
namespace {

// The wire shape against what the program says of the value, for whatever batch it has.
absl::Status CheckShape(const Program& program, const Value& value, const EncodedTensor& tensor) {
  const bool fits = [&] {
    if (tensor.dtype != value.dtype || tensor.shape.size() != value.dims.size() ||
        tensor.shape.empty()) {
      return false;
    }
    const int64_t batch = program.dynamic_batch ? tensor.shape.front() : program.static_batch;
    return batch >= 1 && tensor.shape == value.ShapeAt(batch);
  }();
  if (fits || (value.dims.empty() && tensor.shape.empty() && tensor.dtype == value.dtype)) {
    return absl::OkStatus();
  }
  return InvalidArgument("value '{}': the request has {} {}, the network needs {} {}", value.name,
                         Name(tensor.dtype), ToString(tensor.shape), Name(value.dtype),
                         ToString(value.ShapeAt(1)));
}

absl::Status CheckSize(const EncodedTensor& tensor, uint64_t max_tensor) {
  const auto numel = CheckedNumel(tensor.shape);
  const auto bytes = numel ? CheckedMul<uint64_t>(*numel, ItemSize(tensor.dtype)) : std::nullopt;
  if (!bytes || *bytes > max_tensor) {
    return ResourceExhausted(
        "tensor {} is {} bytes; the cloud accepts {}: raise limits.max_tensor in cloud.yaml or "
        "choose a later cut",
        ToString(tensor.shape), bytes ? std::to_string(*bytes) : "too many", max_tensor);
  }
  return absl::OkStatus();
}

absl::Status CheckImageInput(const ModelInfo& info) {
  if (info.inputs.size() == 1 && info.inputs.front().kind == InputKind::kImage) {
    return absl::OkStatus();
  }
  return InvalidArgument("model '{}' takes tensors; codecs raw and jpeg are for images", info.name);
}

absl::Status CheckTensors(const ServedModel& model, const Frontier& cut,
                          const std::vector<EncodedTensor>& tensors) {
  const Program& program = *model.program;
  if (cut.is_edge()) {
    return InvalidArgument("cut 'edge' leaves nothing to the cloud");
  }
  const std::vector<ValueId>& values = cut.is_input() ? program.inputs : cut.values;
  if (tensors.size() != values.size()) {
    return InvalidArgument("cut '{}' has {} values, the request has {} tensors", cut.name,
                           values.size(), tensors.size());
  }
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (cut.is_input() && IsImage(tensors[i].codec)) {
      RETURN_IF_ERROR(CheckImageInput(model.info()));
      continue;  // its size is checked when it is decoded
    }
    RETURN_IF_ERROR(CheckShape(program, program.values[values[i]], tensors[i]));
  }
  return absl::OkStatus();
}

}  // namespace

EdgePeer::EdgePeer(Peer peer, const PeerLimits& limits, ChunkSender::SendFunction send)
    : peer_(std::move(peer)),
      limits_(limits),
      assembler_({.max_tensor = limits.max_tensor,
                  .max_inflight = limits.max_inflight,
                  .max_requests = limits.max_requests}),
      sender_(std::move(send), limits.max_inflight) {}

absl::StatusOr<wire::Welcome> EdgePeer::Greet(const wire::Hello& hello, const ModelSet& models) {
  greeted_ = false;
  refused_ = false;
  leaving_ = false;
  session_ = hello.session;
  name_ = hello.edge;
  wire::Welcome welcome;
  welcome.session = hello.session;
  constexpr wire::VersionRange kFrontierRules{kFrontierRule, kFrontierRule};
  ASSIGN_OR_RETURN(welcome.protocol,
                   wire::Agree(wire::kProtocolVersions, hello.protocol, "protocol"));
  ASSIGN_OR_RETURN(welcome.codec, wire::Agree(wire::kCodecVersions, hello.codec, "codec"));
  ASSIGN_OR_RETURN(welcome.frontier_rule,
                   wire::Agree(kFrontierRules, hello.frontier_rule, "frontier rule"));
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
  for (const EncodedTensor& tensor : request.tensors) {
    RETURN_IF_ERROR(CheckSize(tensor, limits_.max_tensor));
  }
  RETURN_IF_ERROR(CheckTensors(*match.model, *cut, request.tensors));
  return Open{match.model, match.parameters, *std::move(cut), request.tensors,
              absl::InfiniteDuration()};
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
  RETURN_IF_ERROR(assembler_.Begin(request.id, request.tensors));
  if (request.budget_ms > 0) {
    open.expires = now + absl::Milliseconds(request.budget_ms);
  }
  open_.emplace(request.id, std::move(open));
  if (auto whole = assembler_.TakeIfComplete(request.id); whole.has_value()) {
    return MakeJob(request.id, *std::move(whole), now);
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<Job>> EdgePeer::Take(const wire::Chunk& chunk, const Bytes& payload,
                                                  MonotonicTime now) {
  return JobOf(chunk.request, assembler_.Add(chunk, payload), now);
}

absl::StatusOr<std::optional<Job>> EdgePeer::End(const wire::End& end, MonotonicTime now) {
  return JobOf(end.request, assembler_.End(end), now);
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
  return MakeJob(request, **std::move(tensors), now);
}

Job EdgePeer::MakeJob(uint64_t request, std::vector<Bytes> encoded, MonotonicTime now) const {
  const Open& open = open_.at(request);
  Job job;
  job.peer = peer_.id;
  job.user = peer_.user;
  job.request = request;
  job.model = open.model;
  job.parameters = open.parameters;
  job.cut = open.cut;
  job.tensors = open.tensors;
  job.encoded = std::move(encoded);
  job.arrived = now;
  job.expires = open.expires;
  return job;
}

void EdgePeer::Forget() {
  greeted_ = false;
  session_ = 0;
  last_request_ = 0;
  models_.clear();
  open_.clear();
  assembler_.Reset();
  sender_.Reset();
}

bool EdgePeer::Close(uint64_t request) {
  assembler_.Drop(request);
  return open_.erase(request) > 0;
}

}  // namespace tideline
