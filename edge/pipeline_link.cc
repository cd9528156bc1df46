#include <algorithm>
#include <utility>

#include "boost/asio/post.hpp"

#include "common/telemetry/log.h"
#include "edge/pipeline.h"

// What the pipeline has to do with the cloud. I/O thread, but for what says otherwise.
namespace tideline {
namespace {

constexpr uint16_t kModel = 0;  // the only model that an edge announces

// The round trip without what the cloud says it was busy for is the link's; clocks of two machines
// are never compared.
Latency CloudLatency(const Reply& reply) {
  Latency latency;
  latency.decode = absl::Microseconds(reply.timing.decode_us);
  latency.queue = absl::Microseconds(reply.timing.queue_us);
  latency.tail = absl::Microseconds(reply.timing.tail_us);
  latency.link = reply.round_trip - absl::Microseconds(reply.timing.busy_us);
  return latency;
}

}  // namespace

void Pipeline::OnLink(LinkState state) {
  const SteadyLock lock(&mutex_);
  cloud_ready_ = state == LinkState::kReady;
  adaptation_.OnCloud(cloud_ready_);
  streamed_bytes_ = 0;
  if (cloud_ready_) {
    TakeParameters();
    if (session_->CanBegin()) {
      streamed_bytes_ = session_->welcome()->max_inflight / options_.in_flight;
    }
  } else {
    conditions_ = RateConditions();  // what comes back may be another link
  }
}

// Which calibrated parameters the cloud has; says once which it lacks.
void Pipeline::TakeParameters() {
  cloud_parameters_ = session_->welcome()->models[kModel].parameters;
  const wire::ModelIdentity identity = deployment_->identity();
  for (const uint64_t id : identity.parameters) {
    if (std::ranges::find(cloud_parameters_, id) == cloud_parameters_.end() &&
        std::ranges::find(missed_parameters_, id) == missed_parameters_.end()) {
      missed_parameters_.push_back(id);
      Log(LogLevel::kWarning, "codec_parameters_missing",
          {{"model", identity.name},
           {"cut", deployment_->CutText()},
           {"parameters", fmt::format("{:016x}", id)},
           {"reason",
            "the cloud has not what was calibrated; tensors go out with their own range "
            "until the model's folder is copied there"}});
    }
  }
}

bool Pipeline::CloudReady() {
  const SteadyLock lock(&mutex_);
  return cloud_ready_;
}

std::vector<uint64_t> Pipeline::CloudParameters() {
  const SteadyLock lock(&mutex_);
  return cloud_parameters_;
}

// Compute thread. What is sent while it is encoded counts as the most that it can have: there has
// to be room for it even where all requests are so.
bool Pipeline::CloudStreams(const std::vector<EncodedTensor>& tensors) {
  uint64_t bytes = 0;
  for (const EncodedTensor& tensor : tensors) {
    bytes += tensor.encoded_bytes;
  }
  const SteadyLock lock(&mutex_);
  return bytes <= streamed_bytes_;
}

// Only the model of the deployment in force is announced to the cloud: what began with another one
// is finished here.
absl::Status Pipeline::CloudHas(const ServedModel& model) {
  {
    const SteadyLock lock(&mutex_);
    if (deployment_->model.get() != &model) {
      return FailedPrecondition("model '{}' was replaced while the request was under way",
                                model.files.name);
    }
  }
  return session_->ModelReady(kModel);
}

void Pipeline::Send(const RequestPtr& request, Submission submission) {
  if (const absl::Status ready = CloudHas(*request->deployment->model); !ready.ok()) {
    OnCloudFailed(request, ready);
    return;
  }
  submission.model = kModel;
  submission.budget = std::max(request->deadline - clock_.Now(), absl::ZeroDuration());
  submission.arrive_within = TimeToArrive(*request);
  for (const Bytes& tensor : submission.encoded) {
    request->bytes_up += tensor.size();
  }
  adaptation_.OnSent(request->bytes_up);
  const auto on_reply = [this, request](absl::StatusOr<Reply> reply) {
    OnReply(request, std::move(reply));
  };
  request->session_id = request->encoding ? session_->Begin(std::move(submission), on_reply)
                                          : session_->Submit(std::move(submission), on_reply);
  ArmFinishTimer(request);
}

// More of what is sent while it is encoded.
void Pipeline::Extend(const RequestPtr& request, size_t tensor, const Bytes& bytes) {
  if (request->session_id == 0 || !session_->Extend(request->session_id, tensor, bytes)) {
    request->unwanted = true;
    return;
  }
  request->bytes_up += bytes.size();
  adaptation_.OnSent(bytes.size());
}

// All of it is encoded, or the encoder has failed or was told to stop.
void Pipeline::OnEncoded(const RequestPtr& request, absl::Duration took,
                         const absl::Status& status) {
  if (std::exchange(request->encoding, false)) {
    request->latency.encode = took;
  }
  if (request->session_id == 0) {
    return;
  }
  if (status.ok() || request->unwanted) {
    session_->Close(request->session_id);
    return;
  }
  session_->Cancel(std::exchange(request->session_id, 0));
  OnCloudFailed(request, status);
}

// When its tensors must be in the cloud so that the answer comes before it would be finished here.
absl::Duration Pipeline::TimeToArrive(const Request& request) {
  if (request.way.codec.level != Level::kProgressive) {
    return absl::InfiniteDuration();
  }
  const SteadyLock lock(&mutex_);
  return request.deadline - finish_time_.Reserve(open_) - clock_.Now() - conditions_.cloud;
}

void Pipeline::OnReply(const RequestPtr& request, absl::StatusOr<Reply> reply) {
  request->session_id = 0;
  if (request->answered) {
    return;
  }
  if (!reply.ok()) {
    losing_.AddFailure(request->bytes_up);
    adaptation_.OnCloudFailed();
    OnCloudFailed(request, reply.status());
    return;
  }
  request->bytes_up = reply->bytes_up;
  if (std::exchange(request->encoding, false)) {  // it was cut short
    request->latency.encode += reply->encoding;
  }
  LearnFrom(*reply);
  output_.Post([this, request, times = TimesOf(*reply), reply = *std::move(reply)] {
    const bool whole = request->way.cut.is_input();
    Outcome outcome{DecodeReply(reply, options_.max_tensor), whole ? Path::kCloud : Path::kSplit,
                    CloudLatency(reply), reply.timing.tolerance, times};
    boost::asio::post(io_, [this, request, outcome = std::move(outcome)]() mutable {
      if (outcome.outputs.ok()) {
        Settle(request, std::move(outcome));
      } else {
        OnCloudFailed(request, outcome.outputs.status());
      }
    });
  });
}

// The answer was on its way for half of a heartbeat's round trip, or of all that was the link's.
Timeline Pipeline::TimesOf(const Reply& reply) const {
  Timeline times;
  times.replied = clock_.Now();
  times.round_trip = reply.round_trip;
  const absl::Duration link = CloudLatency(reply).link;
  times.cloud_ended = times.replied - std::min(link, session_->statistics().rtt) / 2;
  return times;
}

void Pipeline::LearnFrom(const Request& request, const Outcome& outcome) {
  const Planner& planner = *request.deployment->steering->planner();
  const Candidate& candidate = planner.candidate(request.decision->candidate);
  Latency latency = outcome.latency;
  latency.head = request.latency.head;
  latency.encode = request.latency.encode;
  if (ByCloud(outcome.path)) {
    adaptation_.OnAnswer(candidate, latency);
    return;
  }
  adaptation_.OnLocal(candidate, latency, /*from_cut=*/!request.cut.empty());
  if (!candidate.uses_cloud()) {
    SendShadow();
  }
}

// Bytes that mean nothing, so that the link stays known while everything is answered here. They are
// fewer than announced: the cloud never computes with them, and drops them with their budget.
void Pipeline::SendShadow() {
  constexpr absl::Duration kBudget = absl::Seconds(1);
  std::optional<Submission> shadow;
  {
    const SteadyLock lock(&mutex_);
    shadow = shadow_;
  }
  if (!shadow || !CloudReady() || !session_->CanBegin()) {
    return;
  }
  const uint64_t bytes =
      std::min(adaptation_.TakeShadow(), shadow->tensors.front().encoded_bytes - 1);
  if (bytes > 0) {
    shadow->budget = kBudget;
    const uint64_t id = session_->Begin(*std::move(shadow), [](const absl::StatusOr<Reply>&) {});
    session_->Extend(id, /*tensor=*/0, Bytes::Own(std::string(bytes, '\0')));
  }
}

// A tensor of a few bytes does not show how fast the link is: until one does, its rate is at least
// what came there and back in that time.
void Pipeline::LearnFrom(const Reply& reply) {
  const LinkStatistics link = session_->statistics();
  const double seconds = absl::ToDoubleSeconds(reply.encoding + CloudLatency(reply).link);
  const double least = seconds > 0 ? 8 * static_cast<double>(reply.bytes_up) / seconds : 0;
  const SteadyLock lock(&mutex_);
  conditions_.uplink_bits_per_second = link.uplink_bits_per_second > 0
                                           ? link.uplink_bits_per_second
                                           : std::max(conditions_.uplink_bits_per_second, least);
  conditions_.rtt = link.rtt == absl::InfiniteDuration() ? absl::ZeroDuration() : link.rtt;
  conditions_.cloud = absl::Microseconds(reply.timing.queue_us + reply.timing.tail_us);
}

}  // namespace tideline
