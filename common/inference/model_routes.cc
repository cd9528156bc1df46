#include "common/inference/model_routes.h"

#include <utility>

#include "common/inference/metadata.h"

namespace tideline {
namespace {

WebResponse Json(std::string body) { return {.body = std::move(body)}; }

using Describe = std::function<WebResponse(const ServedModel&)>;

// `describe` of the model that the path names.
Router::Function OfModel(const std::shared_ptr<const ServerFacts>& facts, Describe describe) {
  return [facts, describe = std::move(describe)](const WebRequest& request) {
    const auto model = facts->find(request.Parameter("m"), request.Parameter("v"));
    return model.ok() ? describe(**model) : ErrorResponse(model.status());
  };
}

}  // namespace

void AddModelRoutes(Router& router, ServerFacts server) {
  const auto facts = std::make_shared<const ServerFacts>(std::move(server));
  const RouteOptions health{.access = Access::kHealth};
  router.Get("/v2/health/live", health, [](const WebRequest&) { return Json(R"({"live":true})"); });
  router.Get("/v2/health/ready", health,
             [facts](const WebRequest&) { return HealthResponse(facts->health()); });
  router.Get("/v2", {}, [facts](const WebRequest&) {
    return Json(ServerMetadataJson(facts->name, facts->version));
  });
  for (const std::string path : {"/v2/models/{m}", "/v2/models/{m}/versions/{v}"}) {
    router.Get(path, {}, OfModel(facts, [](const ServedModel& model) {
                 return Json(ModelMetadataJson(model));
               }));
    router.Get(path + "/ready", {}, OfModel(facts, [facts](const ServedModel& model) {
                 return HealthResponse(facts->model_health(model));
               }));
    router.Get(path + "/stats", {}, OfModel(facts, [facts](const ServedModel& model) {
                 return Json(facts->statistics(model).Json(model.files.name, model.files.version));
               }));
  }
}

}  // namespace tideline
