#include "cloud/gateway.h"

namespace tideline {

void Gateway::Count(EdgePeer& peer, const Job& job, const TailResult& result,
                    MonotonicTime started) {
  const MonotonicTime now = clock_.Now();
  ServedJob served{.model = job.model->files.name,
                   .cut = job.cut.name,
                   .codec = ToString(job.tensors.front().codec),
                   .whole = job.cut.is_input(),
                   .decode = result.decode,
                   .queue = started - job.arrived,
                   .tail = result.tail,
                   .busy = now - started};
  for (const EncodedTensor& tensor : job.tensors) {
    served.bytes += tensor.encoded_bytes;
  }
  peer.traffic.OnServed(now, served.cut, served.bytes);
  board_.OnServed(served);
  metrics_.OnServed(served);
  const absl::Duration total = now - job.arrived;
  timelines_.Add({.by_cloud = true,
                  .id = peer.name(),
                  .admitted = clock_.WallNow() - total,
                  .total = total,
                  .cloud = RequestTimeline::Cloud{.end = total,
                                                  .request = job.request,
                                                  .busy = total,
                                                  .decode = result.decode,
                                                  .queue = served.queue,
                                                  .tail = result.tail}});
}

CloudFacts Gateway::Describe() const {
  const MonotonicTime now = clock_.Now();
  CloudFacts facts;
  facts.id = options_.id;
  facts.version = options_.version;
  facts.time = clock_.WallNow();
  facts.health.ready = !draining_;
  facts.health.reasons = models_.failures();
  facts.health.degraded = !facts.health.reasons.empty();
  if (draining_) {
    facts.health.reasons.emplace_back("this cloud is shutting down");
  }
  for (const std::shared_ptr<const ServedModel>& model : models_.served()) {
    facts.models.push_back(
        {model->files.name, model->files.version, model->prepared->Describe().engine});
  }
  for (const auto& [id, peer] : peers_) {
    if (peer->greeted()) {
      const EdgeTraffic& traffic = peer->traffic;
      facts.edges.push_back({.id = peer->name(),
                             .user = peer->peer().user,
                             .models = peer->models(),
                             .cut = traffic.cut,
                             .requests = traffic.requests,
                             .per_second = traffic.rate.PerSecond(now),
                             .bytes_up = traffic.bytes_up,
                             .silent = now - peer->heard,
                             .open = peer->open()});
    }
  }
  facts.queue_requests = scheduler_.requests();
  facts.queue_bytes = scheduler_.bytes();
  facts.expected_wait = scheduler_.ExpectedWait();
  return facts;
}

std::string Gateway::StatusText() const { return StatusJson(Describe(), board_); }

std::string Gateway::MetricsText() { return metrics_.Text(Describe(), board_); }

}  // namespace tideline
