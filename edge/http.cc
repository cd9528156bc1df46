#include "edge/http.h"

#include <utility>

#include "common/inference/model_routes.h"
#include "common/web/assets.h"
#include "common/web/start.h"
#include "edge/control/controls.h"

namespace tideline {

std::span<const Asset> page_assets();  // common/web/page

namespace {

ServerFacts FactsOf(const EdgeParts& parts) {
  return {.name = "tideline-edge",
          .version = std::string(DaemonVersion()),
          .health = [parts] { return parts.monitor.health(); },
          .find =
              [parts](std::string_view name, std::string_view version) {
                return FindDeployed(parts.pipeline, name, version);
              },
          .model_health = [parts](const ServedModel&) { return parts.monitor.health(); },
          .statistics = [parts](const ServedModel&) -> const ModelStatistics& {
            return parts.monitor.statistics();
          }};
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
  AddModelRoutes(router, FactsOf(parts));
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
