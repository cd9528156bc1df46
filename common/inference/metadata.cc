#include "common/inference/metadata.h"

#include <nlohmann/json.hpp>

#include "common/inference/datatype.h"

namespace tideline {
namespace {

using Json = nlohmann::json;

constexpr int64_t kAnyBatch = -1;

Json TensorMetadata(std::string_view name, DType dtype, Shape shape, bool dynamic_batch,
                    int64_t batch) {
  shape.insert(shape.begin(), dynamic_batch ? kAnyBatch : batch);
  return {{"name", name}, {"datatype", DatatypeName(dtype)}, {"shape", shape}};
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string ServerMetadataJson(std::string_view name, std::string_view version) {
  return Dump({{"name", name},
               {"version", version},
               {"extensions", {"binary_tensor_data", "classification", "statistics"}}});
}

std::vector<std::string> OutputNames(const ServedModel& model) {
  std::vector<std::string> names;
  for (const ValueId output : model.program->outputs) {
    names.push_back(model.program->values[static_cast<size_t>(output)].name);
  }
  return names;
}

std::string ModelMetadataJson(const ServedModel& model) {
  const Program& program = *model.program;
  Json inputs = Json::array();
  for (const InputInfo& input : model.info().inputs) {
    inputs.push_back(TensorMetadata(input.name, input.dtype, input.shape, program.dynamic_batch,
                                    program.static_batch));
  }
  Json outputs = Json::array();
  for (const ValueId id : program.outputs) {
    const Value& value = program.values[static_cast<size_t>(id)];
    Shape shape = value.ShapeAt(1);
    const bool has_batch = !value.dims.empty() && value.dims.front() == Dim{0, 1};
    if (has_batch) {
      shape.front() = kAnyBatch;
    }
    outputs.push_back(
        {{"name", value.name}, {"datatype", DatatypeName(value.dtype)}, {"shape", shape}});
  }
  return Dump({{"name", model.files.name},
               {"versions", {std::to_string(model.files.version)}},
               {"platform", "tideline_" + model.prepared->Describe().engine},
               {"inputs", std::move(inputs)},
               {"outputs", std::move(outputs)}});
}

absl::Status CheckModelName(const ServedModel& model, std::string_view name,
                            std::string_view version) {
  if (name != model.files.name) {
    return NotFound("there is no model '{}'; this server has '{}'", name, model.files.name);
  }
  if (!version.empty() && version != std::to_string(model.files.version)) {
    return NotFound("model '{}' has no version '{}' here; there is {}", name, version,
                    model.files.version);
  }
  return absl::OkStatus();
}

WebResponse HealthResponse(const Health& health) {
  WebResponse response{.status = health.ready ? 200 : 503,
                       .body = Dump({{"live", health.live},
                                     {"ready", health.ready},
                                     {"degraded", health.degraded},
                                     {"reasons", health.reasons}})};
  if (!health.ready) {
    response.body = Dump({{"error", health.reasons.empty() ? "not ready" : health.reasons.front()},
                          {"ready", false},
                          {"reasons", health.reasons}});
  }
  return response;
}

}  // namespace tideline
