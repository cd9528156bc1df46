#include "edge/health.h"

#include <fmt/format.h>

#include "common/base/strings.h"

namespace tideline {
namespace {

std::string CloudReason(const Session& session) {
  switch (session.state()) {
    case LinkState::kConnecting:
      return "the cloud has not been reached yet";
    case LinkState::kRefused:
      return "the cloud refuses this edge: " + session.reason();
    default:
      return session.reason().empty() ? "the cloud is away"
                                      : "the cloud is away: " + session.reason();
  }
}

}  // namespace

void AnswerHealth::OnResult(const Result& result) {
  const Latency& latency = result.latency;
  if (result.error.ok()) {
    const bool has_rows = !result.outputs.empty() && !result.outputs.front().shape().empty();
    statistics_.OnSuccess(
        {.total = latency.total,
         .queue = latency.queue,
         .input = latency.encode + latency.link + latency.decode,
         .infer = latency.head + latency.tail,
         .inferences =
             has_rows ? static_cast<uint64_t>(result.outputs.front().shape().front()) : 1},
        result.time);
  } else {
    statistics_.OnFailure(latency.total);
  }
  failures_.OnAnswer(result.error);
}

Health DescribeHealth(const absl::Status& answers, const Session* session) {
  Health health;
  if (!answers.ok()) {
    health.ready = false;
    health.reasons.push_back(fmt::format("the last answers failed: {}", ToStd(answers.message())));
  }
  if (session == nullptr) {
    return health;
  }
  if (session->state() != LinkState::kReady) {
    health.degraded = true;
    health.reasons.push_back(CloudReason(*session));
  } else if (const absl::Status served = session->ModelReady(0); !served.ok()) {
    health.degraded = true;
    health.reasons.push_back(
        fmt::format("the cloud has not this model: {}", ToStd(served.message())));
  }
  return health;
}

}  // namespace tideline
