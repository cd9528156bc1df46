#include "cloud/http.h"

#include <utility>

#include "common/inference/metadata.h"
#include "common/web/assets.h"
#include "common/web/start.h"

namespace tideline {

std::span<const Asset> page_assets();  // common/web/page

namespace {

WebResponse Json(std::string body) { return {.body = std::move(body)}; }

void AddHealth(Router& router, const CloudParts& parts) {
  const RouteOptions options{.access = Access::kHealth};
  router.Get("/v2/health/live", options,
             [](const WebRequest&) { return Json(R"({"live":true})"); });
  router.Get("/v2/health/ready", options, [parts](const WebRequest&) {
    return HealthResponse(parts.gateway.Describe().health);
  });
}

absl::StatusOr<std::shared_ptr<const ServedModel>> FindServed(const ModelSet& models,
                                                              const WebRequest& request) {
  for (const std::shared_ptr<const ServedModel>& model : models.served()) {
    if (model->files.name == request.Parameter("m")) {
      RETURN_IF_ERROR(CheckModelName(*model, request.Parameter("m"), request.Parameter("v")));
      return model;
    }
  }
  return NotFound("there is no model '{}'", request.Parameter("m"));
}

void AddModels(Router& router, const CloudParts& parts) {
  router.Get("/v2", {}, [](const WebRequest&) {
    return Json(ServerMetadataJson("tideline-cloud", DaemonVersion()));
  });
  const auto metadata = [parts](const WebRequest& request) {
    const auto model = FindServed(parts.models, request);
    return model.ok() ? Json(ModelMetadataJson(**model)) : ErrorResponse(model.status());
  };
  const auto ready = [parts](const WebRequest& request) {
    const auto model = FindServed(parts.models, request);
    return model.ok() ? HealthResponse(parts.gateway.Describe().health)
                      : ErrorResponse(model.status());
  };
  for (const std::string model : {"/v2/models/{m}", "/v2/models/{m}/versions/{v}"}) {
    router.Get(model, {}, metadata);
    router.Get(model + "/ready", {}, ready);
  }
}

void AddStatus(Router& router, Gateway& gateway) {
  router.Get("/api/v1/status", {}, [&](const WebRequest&) { return Json(gateway.StatusText()); });
  router.Stream("/api/v1/events", {}, {.event = "status", .period = absl::Seconds(1), .make = [&] {
                                         return gateway.StatusText();
                                       }});
  router.Get("/api/v1/trace", {}, [&](const WebRequest&) { return Json(gateway.TraceText()); });
  router.Get("/metrics", {}, [&](const WebRequest&) {
    return WebResponse{.type = kMetricsType, .body = gateway.MetricsText()};
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<WebServer>> StartCloudHttp(boost::asio::io_context& io,
                                                          const CloudParts& parts) {
  Router router;
  AddAssets(router, page_assets());
  AddHealth(router, parts);
  AddModels(router, parts);
  AddStatus(router, parts.gateway);
  return StartWeb(io, parts.config.http, std::move(router));
}

}  // namespace tideline
