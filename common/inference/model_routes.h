#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/inference/statistics.h"
#include "common/model/served_model.h"
#include "common/telemetry/health.h"
#include "common/web/router.h"

namespace tideline {

// What a daemon is asked of itself and its models. I/O thread only; none of it may block.
struct ServerFacts {
  std::string name;     // "tideline-edge"
  std::string version;  // of the program
  std::function<Health()> health;
  // The model of that name; "" is any version. Errors: NotFound, Unavailable.
  std::function<absl::StatusOr<std::shared_ptr<const ServedModel>>(std::string_view name,
                                                                   std::string_view version)>
      find;
  std::function<Health(const ServedModel&)> model_health;
  std::function<const ModelStatistics&(const ServedModel&)> statistics;
};

// GET /v2, /v2/health/live and ready, and /v2/models/{m}[/versions/{v}] with what it has below it:
// ready and stats.
void AddModelRoutes(Router& router, ServerFacts facts);

}  // namespace tideline
