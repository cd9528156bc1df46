#include "edge/infer.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/base/strings.h"
#include "common/inference/infer_request.h"
#include "common/inference/infer_response.h"
#include "common/inference/metadata.h"
#include "common/telemetry/timeline.h"

namespace tideline {
namespace {

constexpr size_t kReadAtOnce = 65536;  // bytes of a body that the I/O thread reads by itself
constexpr int64_t kMaxBatch = 64;      // rows of a request

using Input = SourceInput;

// The network's input out of a request. Whether a tensor fits is checked when it is computed with.
absl::StatusOr<Input> InputOf(const InferRequest& request, const InputInfo& wanted) {
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
    if (tensor->shape().size() > wanted.shape.size() && tensor->shape().front() > kMaxBatch) {
      return InvalidArgument("input '{}': has {} rows, the limit is {}", wanted.name,
                             tensor->shape().front(), kMaxBatch);
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
  return ImageFile{texts.front()};
}

InferAnswer AnswerOf(Result result, const Deployment& deployment) {
  const ServedModel& model =
      result.path == Path::kFallback ? deployment.local() : *deployment.model;
  InferAnswer answer{.model = std::move(result.model),
                     .version = result.version,
                     .names = OutputNames(model),
                     .outputs = std::move(result.outputs),
                     .labels = model.labels};
  answer.parameters = {{"path", std::string(EnumNames(Path())[static_cast<size_t>(result.path)])},
                       {"cut", std::move(result.cut)},
                       {"codec", std::move(result.codec)}};
  return answer;
}

WebResponse ResponseTo(const InferRequest& request, Result result, const Deployment& deployment) {
  if (!result.error.ok()) {
    return ErrorResponse(result.error);
  }
  const absl::StatusOr<WebResponse> response =
      MakeInferResponse(request, AnswerOf(std::move(result), deployment));
  return response.ok() ? *response : ErrorResponse(response.status());
}

}  // namespace

void EdgeInfer::AddRoutes(Router& router, uint64_t max_body) {
  for (const std::string model : {"/v2/models/{m}", "/v2/models/{m}/versions/{v}"}) {
    router.Add("POST", model + "/infer", {.max_body = max_body, .needs_body = true},
               [this](const WebRequestPtr& request, const Responder& responder) {
                 Handle(request, responder);
               });
  }
}

// I/O thread.
void EdgeInfer::Handle(const WebRequestPtr& request, const Responder& responder) {
  if (request->body.size() <= kReadAtOnce) {
    Infer(request, responder);
  } else {
    reader_.Post([this, request, responder] { Infer(request, responder); });
  }
}

// I/O thread or `reader_`.
void EdgeInfer::Infer(const WebRequestPtr& request, const Responder& responder) {
  const std::shared_ptr<const Deployment> deployment = pipeline_.deployment();
  const absl::Status found =
      CheckModelName(*deployment->model, request->Parameter("m"), request->Parameter("v"));
  if (!found.ok()) {
    responder(ErrorResponse(found));
    return;
  }
  absl::StatusOr<InferRequest> parsed =
      ParseInferRequest(request->body, request->Header("inference-header-content-length"), request);
  if (!parsed.ok()) {
    responder(ErrorResponse(parsed.status()));
    return;
  }
  absl::StatusOr<Input> input = InputOf(*parsed, deployment->model->info().inputs.front());
  if (!input.ok()) {
    responder(ErrorResponse(input.status()));
    return;
  }
  SourceFrame frame;
  frame.source = "http";
  frame.seq = requests_++;
  frame.id = parsed->id.empty() ? fmt::format("http/{}", frame.seq) : parsed->id;
  frame.name = frame.id;
  frame.input = *std::move(input);
  if (const std::string_view trace = request->Header("traceparent"); IsTraceparent(trace)) {
    frame.traceparent = trace;
  }
  parsed->inputs.clear();
  const std::optional<absl::Duration> deadline = parsed->deadline;
  auto done = [responder, deployment,
               asked = std::make_shared<const InferRequest>(*std::move(parsed))](Result result) {
    responder(ResponseTo(*asked, std::move(result), *deployment));
  };
  const absl::Status admitted =
      pipeline_.TryAdmit(std::move(frame), {.deadline = deadline, .done = std::move(done)});
  if (!admitted.ok()) {
    responder(ErrorResponse(admitted));
  }
}

}  // namespace tideline
