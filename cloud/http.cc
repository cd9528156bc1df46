#include "cloud/http.h"

#include <utility>

#include "common/inference/model_routes.h"
#include "common/web/assets.h"
#include "common/web/start.h"

namespace tideline {

std::span<const Asset> page_assets();  // common/web/page

namespace {

WebResponse Json(std::string body) { return {.body = std::move(body)}; }

CloudInferLimits LimitsOf(const CloudConfig& config) {
  CloudInferLimits limits;
  limits.max_bytes = static_cast<uint64_t>(config.limits.max_inflight.count);
  limits.max_tensor = static_cast<uint64_t>(config.limits.max_tensor.count);
  return limits;
}

ServerFacts FactsOf(const CloudParts& parts) {
  return {
      .name = "tideline-cloud",
      .version = std::string(DaemonVersion()),
      .health = [parts] { return parts.gateway.Describe().health; },
      .find = [parts](std::string_view name,
                      std::string_view version) { return FindServed(parts.models, name, version); },
      .model_health =
          [parts](const ServedModel& model) { return parts.gateway.DescribeModel(model); },
      .statistics = [parts](const ServedModel& model) -> const ModelStatistics& {
        return parts.monitor.statistics(model.files.name);
      }};
}

}  // namespace

CloudHttp::CloudHttp(boost::asio::io_context& io, const CloudParts& parts)
    : parts_(parts),
      infer_(io, parts.models, parts.worker, parts.monitor, LimitsOf(parts.config)) {}

CloudFacts CloudHttp::Facts() const {
  CloudFacts facts = parts_.gateway.Describe();
  facts.http.open = infer_.open();
  return facts;
}

void CloudHttp::AddStatus(Router& router) {
  const auto status = [this] { return StatusJson(Facts(), parts_.monitor.board()); };
  router.Get("/api/v1/status", {}, [status](const WebRequest&) { return Json(status()); });
  router.Stream("/api/v1/events", {},
                {.event = "status", .period = absl::Seconds(1), .make = status});
  router.Get("/api/v1/trace", {},
             [this](const WebRequest&) { return Json(parts_.monitor.TraceText()); });
  router.Get("/metrics", {}, [this](const WebRequest&) {
    return WebResponse{.type = kMetricsType, .body = parts_.monitor.MetricsText(Facts())};
  });
}

absl::StatusOr<std::unique_ptr<CloudHttp>> CloudHttp::Start(boost::asio::io_context& io,
                                                            const CloudParts& parts) {
  std::unique_ptr<CloudHttp> http(new CloudHttp(io, parts));
  Router router;
  AddAssets(router, page_assets());
  AddModelRoutes(router, FactsOf(parts));
  http->AddStatus(router);
  http->infer_.AddRoutes(router, static_cast<uint64_t>(parts.config.http.max_body.count));
  ASSIGN_OR_RETURN(http->server_, StartWeb(io, parts.config.http, std::move(router)));
  return http;
}

void CloudHttp::Finish(std::function<void()> done, absl::Duration limit) {
  if (server_ == nullptr) {
    done();
  } else {
    server_->Finish(std::move(done), limit);
  }
}

}  // namespace tideline
