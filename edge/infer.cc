#include "edge/infer.h"

#include <string>
#include <utility>

#include "common/base/overloaded.h"
#include "common/inference/metadata.h"

namespace tideline {
namespace {

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
  if (!result.cloud.empty()) {
    answer.parameters.emplace_back("cloud", std::move(result.cloud));
  }
  return answer;
}

SourceFrame FrameOf(InferCall call) {
  SourceFrame frame;
  frame.source = "http";
  frame.seq = call.number;
  frame.id = std::move(call.id);
  frame.name = frame.id;
  frame.traceparent = std::move(call.traceparent);
  frame.input =
      std::visit(Overloaded{[](Bytes file) -> SourceInput { return ImageFile{std::move(file)}; },
                            [](Tensor tensor) -> SourceInput { return tensor; }},
                 std::move(call.input));
  return frame;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ServedModel>> FindDeployed(Pipeline& pipeline,
                                                                std::string_view name,
                                                                std::string_view version) {
  std::shared_ptr<const ServedModel> model = pipeline.deployment()->model;
  RETURN_IF_ERROR(CheckModelName(*model, name, version));
  return model;
}

void EdgeInfer::Compute(InferCall call, InferReply reply) {
  GuestOptions options{.deadline = call.deadline};
  options.done = [reply, deployment = pipeline_.deployment()](Result result) {
    if (result.error.ok()) {
      reply(AnswerOf(std::move(result), *deployment));
    } else {
      reply(result.error);
    }
  };
  const absl::Status admitted = pipeline_.TryAdmit(FrameOf(std::move(call)), std::move(options));
  if (!admitted.ok()) {
    reply(admitted);
  }
}

}  // namespace tideline
