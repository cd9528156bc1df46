#include "edge/http.h"

#include <utility>

#include "common/inference/metadata.h"
#include "common/web/assets.h"
#include "common/web/start.h"
#include "edge/control/controls.h"

namespace tideline {

std::span<const Asset> page_assets();  // common/web/page

namespace {

WebResponse Json(std::string body) { return {.body = std::move(body)}; }

void AddHealth(Router& router, const EdgeParts& parts) {
  const RouteOptions options{.access = Access::kHealth};
  router.Get("/v2/health/live", options,
             [](const WebRequest&) { return Json(R"({"live":true})"); });
  router.Get("/v2/health/ready", options,
             [parts](const WebRequest&) { return HealthResponse(parts.monitor.health()); });
}

void AddModels(Router& router, const EdgeParts& parts) {
  router.Get("/v2", {}, [](const WebRequest&) {
    return Json(ServerMetadataJson("tideline-edge", DaemonVersion()));
  });
  const auto metadata = [parts](const WebRequest& request) {
    const auto deployment = parts.pipeline.deployment();
    const absl::Status found =
        CheckModelName(*deployment->model, request.Parameter("m"), request.Parameter("v"));
    return found.ok() ? Json(ModelMetadataJson(*deployment->model)) : ErrorResponse(found);
  };
  const auto ready = [parts](const WebRequest& request) {
    const auto deployment = parts.pipeline.deployment();
    const absl::Status found =
        CheckModelName(*deployment->model, request.Parameter("m"), request.Parameter("v"));
    return found.ok() ? HealthResponse(parts.monitor.health()) : ErrorResponse(found);
  };
  const auto statistics = [parts](const WebRequest& request) {
    const auto deployment = parts.pipeline.deployment();
    const ServedModel& model = *deployment->model;
    const absl::Status found =
        CheckModelName(model, request.Parameter("m"), request.Parameter("v"));
    return found.ok() ? Json(parts.monitor.statistics().Json(model.files.name, model.files.version))
                      : ErrorResponse(found);
  };
  for (const std::string model : {"/v2/models/{m}", "/v2/models/{m}/versions/{v}"}) {
    router.Get(model, {}, metadata);
    router.Get(model + "/ready", {}, ready);
    router.Get(model + "/stats", {}, statistics);
  }
}

std::unique_ptr<ResultPolls> AddResults(boost::asio::io_context& io, ResultStore* store,
                                        Router& router) {
  if (store == nullptr) {
    router.Get("/api/v1/results", {}, [](const WebRequest&) {
      return ErrorResponse(NotFound("no results are kept here; set sink.poll in edge.yaml"));
    });
    return nullptr;
  }
  auto polls = std::make_unique<ResultPolls>(io, *store);
  polls->AddRoutes(router);
  return polls;
}

}  // namespace

absl::StatusOr<std::unique_ptr<EdgeHttp>> EdgeHttp::Start(boost::asio::io_context& io,
                                                          const EdgeParts& parts) {
  std::unique_ptr<EdgeHttp> http(new EdgeHttp(io, parts));
  Router router;
  AddAssets(router, page_assets());
  AddHealth(router, parts);
  AddModels(router, parts);
  parts.monitor.SetShape(parts.shape);
  AddStatus(router, parts.monitor);
  http->last_image_.AddRoutes(router);
  AddControls(router, {.monitor = parts.monitor,
                       .pipeline = parts.pipeline,
                       .reloader = parts.reloader,
                       .drain = [parts] { parts.feeding.Drain(); },
                       .shape = parts.shape});
  http->results_ = AddResults(io, parts.results, router);
  http->infer_.AddRoutes(router, static_cast<uint64_t>(parts.config.http.max_body.count));
  ASSIGN_OR_RETURN(http->server_, StartWeb(io, parts.config.http, std::move(router)));
  return http;
}

void EdgeHttp::Finish(std::function<void()> done) {
  if (results_ != nullptr) {
    results_->End();
  }
  if (server_ == nullptr) {
    done();
  } else {
    server_->Finish(std::move(done));
  }
}

}  // namespace tideline
