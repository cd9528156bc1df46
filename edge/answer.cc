#include "edge/answer.h"

#include <utility>

#include "common/model/postprocess.h"

namespace tideline {
namespace {

// Fills label, score and outputs, or the error.
void Interpret(const ServedModel& model, const std::vector<Tensor>& outputs, Result* result) {
  absl::StatusOr<Answer> answer = Postprocess(outputs, model.info().output, model.labels);
  if (!answer.ok()) {
    result->error = answer.status();
    return;
  }
  result->outputs = std::move(answer->outputs);
  if (!answer->classes.empty()) {
    const Classification& best = answer->classes.front();
    result->label = best.label.empty() ? std::to_string(best.index) : best.label;
    result->score = best.score;
  }
}

// What came in, as bytes: in the memory of `request`, or shared with it.
void DescribeInput(const Request& request, Result* result) {
  if (request.raw.defined()) {
    result->raw_bytes = request.raw.nbytes();
  }
  for (const Tensor& input : request.inputs) {
    result->raw_bytes += input.nbytes();
  }
  if (request.frame.input.ok()) {
    if (const auto* image = std::get_if<ImageFile>(&*request.frame.input)) {
      result->file = image->bytes;
    } else if (const auto* pixels = std::get_if<Pixels>(&*request.frame.input)) {
      result->pixels = pixels->rgb;
    }
  }
}

Timeline TimelineOf(const Request& request, const Outcome& outcome) {
  Timeline timeline = outcome.times;
  timeline.admitted = request.admitted;
  timeline.started = request.started;
  timeline.encode_begun = request.encode_begun;
  return timeline;
}

}  // namespace

Result MakeResult(const Request& request, const Outcome& outcome, absl::Time now) {
  const Deployment& deployment = *request.deployment;
  const bool by_cloud = ByCloud(outcome.path);
  const ServedModel& model = by_cloud ? *deployment.model : deployment.local();
  const EngineDescription engine = model.prepared->Describe();
  Result result;
  result.time = now;
  result.id = request.frame.id;
  result.source = request.frame.source;
  result.seq = request.frame.seq;
  result.model = model.files.name;
  result.version = model.files.version;
  result.path = outcome.path;
  result.cut = request.way.cut.name;
  result.codec = by_cloud ? ToString(request.way.codec) : "";
  result.cloud = outcome.cloud;
  result.engine = engine.engine;
  result.precision = engine.precision;
  result.bytes_up = request.bytes_up;
  result.tolerance = outcome.tolerance;
  result.latency = outcome.latency;
  result.timeline = TimelineOf(request, outcome);
  result.traceparent = request.frame.traceparent;
  if (request.deadline != absl::InfiniteDuration()) {
    result.deadline_met = request.admitted + outcome.latency.total <= request.deadline;
  }
  if (outcome.outputs.ok()) {
    Interpret(model, *outcome.outputs, &result);
  } else {
    result.error = outcome.outputs.status();
  }
  DescribeInput(request, &result);
  return result;
}

}  // namespace tideline
