#include <algorithm>

#include <fmt/format.h>

#include "cloud/gateway.h"
#include "common/base/strings.h"

namespace tideline {

Health Gateway::DescribeModel(const ServedModel& model) const {
  Health health;
  const absl::Status engine = worker_.EngineStatus(model.files.name);
  if (!engine.ok()) {
    health.reasons.push_back(fmt::format("the last runs of model '{}' failed: {}", model.files.name,
                                         ToStd(engine.message())));
  }
  if (worker_.closed()) {
    health.reasons.emplace_back("this cloud is shutting down");
  }
  health.ready = health.reasons.empty();
  return health;
}

// A cloud is ready while it can answer for some of its models.
Health Gateway::DescribeModels(std::vector<CloudFacts::Model>* models) const {
  Health health;
  health.ready = false;
  health.reasons = models_.failures();
  for (const std::shared_ptr<const ServedModel>& model : models_.served()) {
    const Health own = DescribeModel(*model);
    health.ready = health.ready || own.ready;
    for (const std::string& reason : own.reasons) {
      if (std::ranges::find(health.reasons, reason) == health.reasons.end()) {
        health.reasons.push_back(reason);
      }
    }
    models->push_back(
        {model->files.name, model->files.version, model->prepared->Describe().engine, own});
  }
  health.degraded = health.ready && !health.reasons.empty();
  return health;
}

CloudFacts Gateway::Describe() const {
  const MonotonicTime now = clock_.Now();
  CloudFacts facts;
  facts.id = options_.id;
  facts.version = options_.version;
  facts.time = clock_.WallNow();
  facts.health = DescribeModels(&facts.models);
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
  const EdgeTraffic& http = monitor_.http();
  facts.http = {
      .requests = http.requests, .per_second = http.rate.PerSecond(now), .bytes_up = http.bytes_up};
  facts.queue_requests = worker_.queue().requests();
  facts.queue_bytes = worker_.queue().bytes();
  facts.expected_wait = worker_.queue().ExpectedWait();
  return facts;
}

}  // namespace tideline
