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

// Thread-safe. What is sent while it is encoded counts as the most that it can have: there has to
// be room for it even where all requests are so.
bool Pipeline::Streams(size_t cloud, const std::vector<EncodedTensor>& tensors) const {
  uint64_t bytes = 0;
  for (const EncodedTensor& tensor : tensors) {
    bytes += tensor.encoded_bytes;
  }
  return bytes <= clouds_.streamed_bytes(cloud) / options_.in_flight;
}

// Only the model of the deployment in force is announced to the clouds: what began with another one
// is finished here.
absl::Status Pipeline::CloudHas(size_t cloud, const ServedModel& model) {
  {
    const SteadyLock lock(&mutex_);
    if (deployment_->model.get() != &model) {
      return FailedPrecondition("model '{}' was replaced while the request was under way",
                                model.files.name);
    }
  }
  return clouds_.session(cloud)->ModelReady(kModel);
}

void Pipeline::Send(const RequestPtr& request, Submission submission,
                    const EncodingTime& encoding) {
  request->retrying = false;
  if (request->answered) {
    return;  // while it was encoded for another cloud
  }
  request->encode_begun = encoding.begun;
  request->latency.encode = encoding.taken;
  const auto [cloud, number] = *request->attempt;
  if (const absl::Status ready = CloudHas(cloud, *request->deployment->model); !ready.ok()) {
    OnCloudFailed(request, ready);
    return;
  }
  submission.model = kModel;
  submission.budget = std::max(request->deadline - clock_.Now(), absl::ZeroDuration());
  submission.arrive_within = TimeToArrive(*request);
  uint64_t bytes = 0;
  for (const Bytes& tensor : submission.encoded) {
    bytes += tensor.size();
  }
  request->bytes_up += bytes;
  adaptation_.OnSent(cloud, bytes);
  const auto on_reply = [this, request](absl::StatusOr<Reply> reply) {
    OnReply(request, std::move(reply));
  };
  Session& session = *clouds_.session(cloud);
  request->session_id = request->encoding ? session.Begin(std::move(submission), on_reply)
                                          : session.Submit(std::move(submission), on_reply);
  ArmFinishTimer(request);
}

// More of what is sent while it is encoded.
void Pipeline::Extend(const RequestPtr& request, int attempt, const EncodedPiece& piece) {
  if (attempt != request->attempt->number || request->session_id == 0 ||
      !clouds_.session(request->attempt->cloud)
           ->Extend(request->session_id, piece.tensor, piece.bytes)) {
    request->unwanted = attempt;
    return;
  }
  request->bytes_up += piece.bytes.size();
  adaptation_.OnSent(request->attempt->cloud, piece.bytes.size());
}

// All of it is encoded, or the encoder has failed or was told to stop.
void Pipeline::OnEncoded(const RequestPtr& request, int attempt, absl::Duration took,
                         const absl::Status& status) {
  if (attempt != request->attempt->number) {
    return;
  }
  if (std::exchange(request->encoding, false)) {
    request->latency.encode = took;
  }
  if (request->session_id == 0) {
    return;
  }
  Session& session = *clouds_.session(request->attempt->cloud);
  if (status.ok() || request->unwanted == attempt) {
    session.Close(request->session_id);
    return;
  }
  session.Cancel(std::exchange(request->session_id, 0));
  OnCloudFailed(request, status);
}

// Asks another cloud for what one has failed, where no local finish has begun that will do: the
// request still holds the tensors at its cut. What a cloud calls invalid is not carried to the
// next.
bool Pipeline::Retry(const RequestPtr& request, const absl::Status& why) {
  constexpr size_t kMostRetries = 2;
  const bool finishes = request->finishing && request->finish_failure.ok();
  const bool worth = absl::IsUnavailable(why) || absl::IsResourceExhausted(why) ||
                     absl::IsFailedPrecondition(why) || absl::IsDataLoss(why);
  if (!request->attempt || finishes || !worth || request->failed.size() >= kMostRetries) {
    return false;
  }
  request->failed.insert(request->attempt->cloud);
  const std::optional<size_t> next = adaptation_.TakeCloud(request->failed);
  if (!next) {
    return false;
  }
  Log(LogLevel::kDebug, "retry",
      {{"id", request->frame.id}, {"cloud", clouds_.address(*next)}, {"reason", why}});
  const Attempt attempt{.cloud = *next, .number = request->attempt->number + 1};
  request->attempt = attempt;
  request->retrying = true;
  request->encoding = false;
  const auto again = [this, request, attempt] {
    if (request->answered) {
      return;
    }
    if (const absl::Status status = EncodeAndSend(request, attempt); !status.ok()) {
      boost::asio::post(io_, [this, request, status] {
        request->retrying = false;
        OnCloudFailed(request, status);
      });
    }
  };
  compute_.Post(again, WorkerThread::Priority::kUrgent);
  return true;
}

// For bytes that went to its cloud, at the rate that the link has now.
std::optional<double> Pipeline::RadioJoulesOf(const Request& request, uint64_t bytes) const {
  if (!request.attempt || !request.deployment->RadioWatts()) {
    return std::nullopt;
  }
  const LinkEstimate link = adaptation_.EstimateLink(request.attempt->cloud);
  return RadioJoules(bytes, request.deployment->RadioWatts(),
                     link.known ? std::optional(link.link.up.median()) : std::nullopt);
}

// When its tensors must be in the cloud so that the answer comes before it would be finished here.
absl::Duration Pipeline::TimeToArrive(const Request& request) {
  if (request.way.codec.level != Level::kProgressive) {
    return absl::InfiniteDuration();
  }
  const absl::Duration cloud = clouds_.conditions(request.attempt->cloud).cloud;
  const SteadyLock lock(&mutex_);
  return request.deadline - finish_time_.Reserve(open_) - clock_.Now() - cloud;
}

void Pipeline::OnReply(const RequestPtr& request, absl::StatusOr<Reply> reply) {
  request->session_id = 0;
  if (request->answered) {
    return;
  }
  const size_t cloud = request->attempt->cloud;
  if (!reply.ok()) {
    const uint64_t lost = request->bytes_up - std::exchange(request->bytes_lost, request->bytes_up);
    losing_.AddFailure(lost, RadioJoulesOf(*request, lost));
    adaptation_.OnCloudFailed(cloud);
    OnCloudFailed(request, reply.status());
    return;
  }
  request->bytes_up = request->bytes_lost + reply->bytes_up;
  if (std::exchange(request->encoding, false)) {  // it was cut short
    request->latency.encode += reply->encoding;
  }
  adaptation_.OnAnswered(cloud);
  clouds_.LearnFrom(cloud, *reply, CloudLatency(*reply).link);
  if (!request->decision) {
    LearnPlaces(*request, CloudLatency(*reply));
  }
  output_.Post([this, request, times = TimesOf(cloud, *reply), address = clouds_.address(cloud),
                reply = *std::move(reply)] {
    const bool whole = request->way.cut.is_input();
    Outcome outcome{DecodeReply(reply, options_.max_tensor), whole ? Path::kCloud : Path::kSplit,
                    CloudLatency(reply), reply.timing.tolerance, times};
    outcome.cloud = address;
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
Timeline Pipeline::TimesOf(size_t cloud, const Reply& reply) const {
  Timeline times;
  times.replied = clock_.Now();
  times.cloud_request = reply.timing.request;
  times.round_trip = reply.round_trip;
  const absl::Duration link = CloudLatency(reply).link;
  times.cloud_ended = times.replied - std::min(link, clouds_.session(cloud)->statistics().rtt) / 2;
  return times;
}

// Of a request whose cut is fixed.
void Pipeline::LearnPlaces(const Request& request, const Latency& cloud) {
  Latency latency = cloud;
  latency.head = request.latency.head;
  latency.encode = request.latency.encode;
  const RateConditions conditions = clouds_.conditions(request.attempt->cloud);
  const double rate = conditions.uplink_bits_per_second;
  const double seconds = rate > 0 ? 8 * static_cast<double>(request.bytes_up) / rate : 0;
  const SteadyLock lock(&mutex_);
  places_.Learn(latency, absl::Seconds(seconds), conditions.rtt);
}

// No other request is open beside the one that is answered.
bool Pipeline::IsAlone() {
  const SteadyLock lock(&mutex_);
  return open_ <= 1;
}

void Pipeline::LearnFrom(const RequestPtr& request, const Outcome& outcome) {
  const Planner& planner = *request->deployment->steering->planner();
  const Candidate& candidate = planner.candidate(request->decision->candidate);
  Latency latency = outcome.latency;
  latency.head = request->latency.head;
  latency.encode = request->latency.encode;
  if (ByCloud(outcome.path)) {
    adaptation_.OnAnswer(request->attempt->cloud, candidate, latency);
  } else if (outcome.path == Path::kEdge) {
    adaptation_.OnLocal(candidate, latency, /*from_cut=*/!request->cut.empty());
  }
  if (candidate.uses_cloud()) {
    shadows_.Beside(request, outcome);
    if (IsAlone()) {
      shadows_.Between(request);
    }
  } else {
    shadows_.After(request, *outcome.outputs);
  }
}

}  // namespace tideline
