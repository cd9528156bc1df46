#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/model/served_model.h"
#include "common/telemetry/health.h"
#include "common/web/message.h"

// What the Open Inference Protocol v2 says of a server and its models, as JSON. Pure.
namespace tideline {

// GET /v2
std::string ServerMetadataJson(std::string_view name, std::string_view version);

// GET /v2/models/{m}.
std::string ModelMetadataJson(const ServedModel& model);

// NotFound where `model` isn't called `name` or hasn't that version; "" is any version.
absl::Status CheckModelName(const ServedModel& model, std::string_view name,
                            std::string_view version);

// The names of a network's results, in order.
std::vector<std::string> OutputNames(const ServedModel& model);

// GET /v2/health/ready: 200 where it is ready, else 503; what is wrong is in the body.
WebResponse HealthResponse(const Health& health);

}  // namespace tideline
