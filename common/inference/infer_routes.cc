#include "common/inference/infer_routes.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/telemetry/timeline.h"

namespace tideline {
namespace {

constexpr size_t kReadAtOnce = 65536;  // bytes of a body that the I/O thread reads by itself

// The network's input out of a request.
absl::StatusOr<std::variant<Bytes, Tensor>> InputOf(const InferRequest& request,
                                                    const InputInfo& wanted) {
  if (request.inputs.size() != 1) {
    return InvalidArgument("the request has {} inputs, this network takes one: '{}'",
                           request.inputs.size(), wanted.name);
  }
  const InferInput& input = request.inputs.front();
  if (!input.name.empty() && input.name != wanted.name) {
    return InvalidArgument("there is no input '{}'; this network has '{}'", input.name,
                           wanted.name);
  }
  if (const Tensor* tensor = std::get_if<Tensor>(&input.value)) {
    if (tensor->shape().size() > wanted.shape.size() && tensor->shape().front() > kMaxInferRows) {
      return InvalidArgument("input '{}': has {} rows, the limit is {}", wanted.name,
                             tensor->shape().front(), kMaxInferRows);
    }
    return *tensor;
  }
  const auto& texts = std::get<ByteStrings>(input.value);
  if (wanted.kind != InputKind::kImage || texts.size() != 1) {
    return InvalidArgument("input '{}': takes {}", wanted.name,
                           wanted.kind == InputKind::kImage
                               ? "a tensor, or one JPEG or PNG file as one element of BYTES"
                               : "a tensor, not BYTES");
  }
  return texts.front();
}

}  // namespace

InferReply::InferReply(Responder responder, InferRequest asked)
    : responder_(std::move(responder)),
      asked_(std::make_shared<const InferRequest>(std::move(asked))) {}

void InferReply::operator()(const InferAnswer& answer) const {
  const absl::StatusOr<WebResponse> response = MakeInferResponse(*asked_, answer);
  responder_(response.ok() ? *response : ErrorResponse(response.status()));
}

void InferReply::operator()(const absl::Status& error) const { responder_(ErrorResponse(error)); }

void InferRoutes::AddTo(Router& router, uint64_t max_body) {
  for (const std::string model : {"/v2/models/{m}", "/v2/models/{m}/versions/{v}"}) {
    router.Add("POST", model + "/infer", {.max_body = max_body, .needs_body = true},
               [this](const WebRequestPtr& request, const Responder& responder) {
                 Handle(request, responder);
               });
  }
}

// I/O thread.
void InferRoutes::Handle(const WebRequestPtr& request, const Responder& responder) {
  absl::StatusOr<std::shared_ptr<void>> place = host_.Admit(request->body.size());
  if (!place.ok()) {
    responder(ErrorResponse(place.status()));
    return;
  }
  const InferCall call{
      .arrived = clock_.Now(), .bytes = request->body.size(), .place = *std::move(place)};
  const auto read = [this, request, responder, call] {
    if (const absl::Status status = Read(request, responder, call); !status.ok()) {
      responder(ErrorResponse(status));
    }
  };
  if (request->body.size() <= kReadAtOnce) {
    read();
  } else {
    reader_.Post(read);
  }
}

// I/O thread or `reader_`.
absl::Status InferRoutes::Read(const WebRequestPtr& request, const Responder& responder,
                               InferCall call) {
  ASSIGN_OR_RETURN(call.model, host_.Find(request->Parameter("m"), request->Parameter("v")));
  ASSIGN_OR_RETURN(InferRequest asked,
                   ParseInferRequest(request->body,
                                     request->Header("inference-header-content-length"), request));
  ASSIGN_OR_RETURN(call.input, InputOf(asked, call.model->info().inputs.front()));
  asked.inputs.clear();
  call.number = requests_++;
  call.id = asked.id.empty() ? fmt::format("http/{}", call.number) : asked.id;
  call.deadline = asked.deadline;
  if (const std::string_view trace = request->Header("traceparent"); IsTraceparent(trace)) {
    call.traceparent = trace;
  }
  host_.Compute(std::move(call), InferReply(responder, std::move(asked)));
  return absl::OkStatus();
}

}  // namespace tideline
