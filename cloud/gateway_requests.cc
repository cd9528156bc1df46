#include <algorithm>
#include <utility>

#include "boost/asio/post.hpp"

#include "cloud/gateway.h"

namespace tideline {
namespace {

uint32_t Microseconds(absl::Duration duration) {
  return static_cast<uint32_t>(
      std::clamp<int64_t>(absl::ToInt64Microseconds(duration), 0, UINT32_MAX));
}

}  // namespace

void Gateway::OnRequest(EdgePeer& peer, const wire::Request& request) {
  absl::Status status = peer.CheckOrder(request.id);
  if (status.ok() && request.open && peer.protocol() < wire::kOpenVersion) {
    status =
        InvalidArgument("an open request in a session of protocol version {}", peer.protocol());
  }
  if (!status.ok()) {
    Break(peer, status);
    return;
  }
  uint64_t bytes = 0;
  for (const EncodedTensor& tensor : request.tensors) {
    bytes += tensor.encoded_bytes;
  }
  status = worker_.Admit(bytes);
  if (!status.ok()) {
    Refuse(peer, request.id, status);
    return;
  }
  Run(peer, request.id, peer.Announce(request, clock_.Now()));
}

void Gateway::OnChunk(EdgePeer& peer, const wire::Chunk& chunk, const Bytes& payload) {
  const MonotonicTime now = clock_.Now();
  const bool open = peer.IsOpen(chunk.request);
  absl::StatusOr<std::optional<Job>> job = peer.Take(chunk, payload, now);
  Send(peer.peer().id, peer.Acknowledge(now)).IgnoreError();
  RunIfOpen(peer, chunk.request, open, std::move(job));
}

void Gateway::OnEnd(EdgePeer& peer, const wire::End& end) {
  const bool open = peer.IsOpen(end.request);
  RunIfOpen(peer, end.request, open, peer.End(end, clock_.Now()));
}

// Of a request that was not open, an error ends the session.
void Gateway::RunIfOpen(EdgePeer& peer, uint64_t request, bool open,
                        absl::StatusOr<std::optional<Job>> job) {
  if (!job.ok() && !open) {
    Break(peer, job.status());
    return;
  }
  Run(peer, request, std::move(job));
}

// Runs a request where it has come whole.
void Gateway::Run(EdgePeer& peer, uint64_t request, absl::StatusOr<std::optional<Job>> job) {
  if (!job.ok()) {
    Refuse(peer, request, job.status());
  } else if (job->has_value()) {
    Job whole = **std::move(job);
    whole.done = [this](const Job& ended, JobEnd end) { OnEnd(ended, std::move(end)); };
    worker_.Push(std::move(whole));
  }
}

// What a request was decoded to while it came; the peer is there as long as its requests are open.
void Gateway::OnDecoded(PeerId id, uint64_t request, absl::StatusOr<DecodedTensors> tensors) {
  EdgePeer& peer = *peers_.at(id);
  if (tensors.ok()) {
    Run(peer, request, peer.Decoded(request, *std::move(tensors)));
  } else {
    Run(peer, request, tensors.status());
  }
}

void Gateway::OnProfileRequest(EdgePeer& peer, const wire::ProfileRequest& request) {
  absl::Status status = peer.CheckOrder(request.request);
  if (status.ok() && peer.protocol() < wire::kProfileVersion) {
    status =
        InvalidArgument("a profile request in a session of protocol version {}", peer.protocol());
  }
  if (!status.ok()) {
    Break(peer, status);
    return;
  }
  const absl::StatusOr<const ServedProfile*> profile = peer.FindProfile(request, profiles_);
  status = worker_.closed() ? Unavailable("this cloud is shutting down") : profile.status();
  if (status.ok()) {
    status = Send(peer.peer().id,
                  wire::Result{.request = request.request, .tensors = {(*profile)->description}});
  }
  if (status.ok()) {
    status = peer.sender().Add(clock_.Now(), request.request, {(*profile)->encoded});
  }
  if (!status.ok()) {
    Refuse(peer, request.request, status);
  }
}

void Gateway::OnHeartbeat(EdgePeer& peer, const wire::Heartbeat& heartbeat) {
  if (heartbeat.sent_us == 0) {
    return;
  }
  wire::Heartbeat answer;
  answer.echo = heartbeat.sent_us;
  answer.queue_requests = static_cast<uint32_t>(worker_.queue().requests());
  answer.queue_us = Microseconds(worker_.queue().ExpectedWait());
  Send(peer.peer().id, answer).IgnoreError();
}

void Gateway::OnEnd(const Job& job, JobEnd end) {
  const auto peer = peers_.find(job.peer);
  if (peer != peers_.end() && peer->second->Close(job.request)) {  // else it was cancelled
    if (end.result.ok()) {
      const MonotonicTime started = *end.started;
      monitor_.OnServed(job, *end.result, started, {.id = peer->second->name()},
                        peer->second->traffic);
      Answer(*peer->second, job, *std::move(end.result), started);
    } else {
      end.started ? monitor_.OnRunFailed(job) : monitor_.OnFailed(*job.model, job.arrived);
      Refuse(*peer->second, job.request, end.result.status());
    }
  }
  FinishDrain();
}

void Gateway::Answer(EdgePeer& peer, const Job& job, TailResult result, MonotonicTime started) {
  const MonotonicTime now = clock_.Now();
  wire::Result header;
  header.request = job.request;
  header.decode_us = Microseconds(result.decode);
  const absl::Duration decoded = job.decoded ? job.decoded->after_end : absl::ZeroDuration();
  header.queue_us = Microseconds(started - job.arrived - decoded);
  header.tail_us = Microseconds(result.tail);
  header.busy_us = Microseconds(now - job.arrived);
  header.tensors = std::move(result.tensors);
  header.tolerance = static_cast<uint16_t>(result.tolerance);
  absl::Status status = Send(peer.peer().id, header);
  if (status.ok()) {
    status = peer.sender().Add(now, job.request, std::move(result.encoded));
  }
  if (!status.ok()) {
    Refuse(peer, job.request, status);
  }
}

void Gateway::Drain(std::function<void()> done) {
  worker_.Close();
  drained_ = std::move(done);
  for (const auto& [id, peer] : peers_) {
    Send(id, wire::Goodbye{}).IgnoreError();
  }
  FinishDrain();
}

void Gateway::FinishDrain() {
  if (!drained_) {
    return;
  }
  for (const auto& [id, peer] : peers_) {
    if (peer->open() > 0 || peer->sender().window().in_flight() > 0 ||
        peer->sender().queued() > 0) {
      return;
    }
  }
  boost::asio::post(io_, std::exchange(drained_, nullptr));
}

}  // namespace tideline
