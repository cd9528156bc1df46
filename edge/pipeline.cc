#include "edge/pipeline.h"

#include <algorithm>
#include <utility>

#include "boost/asio/post.hpp"

#include "common/telemetry/log.h"
#include "edge/answer.h"

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

absl::Duration DeadlineOf(const Deployment& deployment) {
  return deployment.partition.target.deadline.value_or(absl::InfiniteDuration());
}

}  // namespace

Pipeline::Pipeline(boost::asio::io_context& io, Session* session, PipelineOptions options,
                   Emit emit)
    : io_(io),
      session_(session),
      options_(options),
      emit_(std::move(emit)),
      finish_time_(absl::ZeroDuration()),
      output_("output"),
      compute_("compute") {
  if (session_ != nullptr) {
    session_->OnStateChange([this](LinkState state) { OnLink(state); });
  }
}

Pipeline::~Pipeline() = default;

void Pipeline::OnLink(LinkState state) {
  const absl::MutexLock lock(&mutex_);
  cloud_ready_ = state == LinkState::kReady;
  if (cloud_ready_) {
    TakeParameters();
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
           {"cut", deployment_->cut.name},
           {"parameters", fmt::format("{:016x}", id)},
           {"reason",
            "the cloud has not what was calibrated; tensors go out with their own range "
            "until the model's folder is copied there"}});
    }
  }
}

void Pipeline::SetDeployment(std::shared_ptr<const Deployment> deployment) {
  const absl::MutexLock lock(&mutex_);
  finish_time_ = FinishTime(deployment->local().whole_time);
  deployment_ = std::move(deployment);
}

void Pipeline::Admit(SourceFrame frame) {
  auto request = std::make_shared<Request>();
  request->frame = std::move(frame);
  {
    const absl::MutexLock lock(&mutex_, absl::Condition(this, &Pipeline::HasPlace));
    ++open_;
    request->deployment = deployment_;
  }
  request->admitted = clock_.Now();
  request->deadline = request->admitted + DeadlineOf(*request->deployment);
  compute_.Post([this, request] { Start(request); });
}

void Pipeline::WaitForCloud(absl::Duration limit) {
  const absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&cloud_ready_), limit);
}

bool Pipeline::CloudReady() {
  const absl::MutexLock lock(&mutex_);
  return cloud_ready_;
}

std::vector<uint64_t> Pipeline::CloudParameters() {
  const absl::MutexLock lock(&mutex_);
  return cloud_parameters_;
}

// Compute thread.
absl::StatusOr<Submission> Pipeline::HeadAndEncode(Request& request) {
  RETURN_IF_ERROR(RunHead(request));
  request.codec = ChooseCodec(request);
  return EncodeCut(request, CloudParameters());
}

// Compute thread, after the head: what is left of the deadline is for the codec, the link and the
// cloud, but for what a finish here needs.
CodecSpec Pipeline::ChooseCodec(const Request& request) {
  const Deployment& deployment = *request.deployment;
  if (!deployment.rate) {
    return deployment.codec;
  }
  RateConditions conditions;
  {
    const absl::MutexLock lock(&mutex_);
    conditions = conditions_;
    conditions.left = request.deadline - finish_time_.Reserve(open_) - clock_.Now();
  }
  const std::optional<BitRate>& cap = deployment.partition.limits.uplink;
  if (cap && conditions.uplink_bits_per_second > 0) {
    conditions.uplink_bits_per_second =
        std::min(conditions.uplink_bits_per_second, cap->bits_per_second);
  }
  return deployment.rate->Choose(conditions).codec;
}

// I/O thread. A tensor of a few bytes does not show how fast the link is: until one does, its rate
// is at least what came there and back in that time.
void Pipeline::LearnFrom(const Reply& reply) {
  const LinkStatistics link = session_->statistics();
  const double seconds = absl::ToDoubleSeconds(CloudLatency(reply).link);
  const double least = seconds > 0 ? 8 * static_cast<double>(reply.bytes_up) / seconds : 0;
  const absl::MutexLock lock(&mutex_);
  conditions_.uplink_bits_per_second = link.uplink_bits_per_second > 0
                                           ? link.uplink_bits_per_second
                                           : std::max(conditions_.uplink_bits_per_second, least);
  conditions_.rtt = link.rtt == absl::InfiniteDuration() ? absl::ZeroDuration() : link.rtt;
  conditions_.cloud = absl::Microseconds(reply.timing.queue_us + reply.timing.tail_us);
}

bool Pipeline::WaitIdle(absl::Duration limit) {
  const absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(this, &Pipeline::IsIdle), limit);
}

// Compute thread: everything up to the point where the request leaves for the cloud or is answered.
void Pipeline::Start(const RequestPtr& request) {
  if (const absl::Status status = Preprocess(*request); !status.ok()) {
    boost::asio::post(io_,
                      [this, request, status] { Settle(request, Outcome{.outputs = status}); });
    return;
  }
  if (!request->deployment->uses_cloud() || !CloudReady()) {
    boost::asio::post(io_, [this, request] { StartFinish(request); });
    return;
  }
  const MonotonicTime begin = clock_.Now();
  absl::StatusOr<Submission> submission = HeadAndEncode(*request);
  {
    const absl::MutexLock lock(&mutex_);
    finish_time_.AddHead(clock_.Now() - begin);
  }
  if (!submission.ok()) {
    boost::asio::post(
        io_, [this, request, status = submission.status()] { OnCloudFailed(request, status); });
    return;
  }
  boost::asio::post(io_, [this, request, submission = *std::move(submission)]() mutable {
    Send(request, std::move(submission));
  });
}

// I/O thread, as everything below but Finish. Only the model of the deployment in force is
// announced to the cloud: what began with another one is finished here.
absl::Status Pipeline::CloudHas(const ServedModel& model) {
  {
    const absl::MutexLock lock(&mutex_);
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
  request->session_id = session_->Submit(
      std::move(submission),
      [this, request](absl::StatusOr<Reply> reply) { OnReply(request, std::move(reply)); });
  ArmFinishTimer(request);
}

// When its tensors must be in the cloud so that the answer comes before it would be finished here.
absl::Duration Pipeline::TimeToArrive(const Request& request) {
  if (request.codec.level != Level::kProgressive) {
    return absl::InfiniteDuration();
  }
  const absl::MutexLock lock(&mutex_);
  return request.deadline - finish_time_.Reserve(open_) - clock_.Now() - conditions_.cloud;
}

// As late as the deadline allows, the request is finished here.
void Pipeline::ArmFinishTimer(const RequestPtr& request) {
  if (request->deadline == absl::InfiniteDuration()) {
    return;
  }
  absl::Duration reserve;
  {
    const absl::MutexLock lock(&mutex_);
    reserve = finish_time_.Reserve(open_);
  }
  const absl::Duration wait = request->deadline - reserve - clock_.Now();
  request->finish_timer = std::make_unique<boost::asio::steady_timer>(
      io_, absl::ToChronoNanoseconds(std::max(wait, absl::ZeroDuration())));
  request->finish_timer->async_wait([this, request](const boost::system::error_code& error) {
    if (!error && !request->answered) {
      StartFinish(request);
    }
  });
}

void Pipeline::OnReply(const RequestPtr& request, absl::StatusOr<Reply> reply) {
  request->session_id = 0;
  if (request->answered) {
    return;
  }
  if (!reply.ok()) {
    OnCloudFailed(request, reply.status());
    return;
  }
  request->bytes_up = reply->bytes_up;
  LearnFrom(*reply);
  output_.Post([this, request, reply = *std::move(reply)] {
    const bool whole = request->deployment->cut.is_input();
    Outcome outcome{DecodeReply(reply, options_.max_tensor), whole ? Path::kCloud : Path::kSplit,
                    CloudLatency(reply), reply.timing.tolerance};
    boost::asio::post(io_, [this, request, outcome = std::move(outcome)]() mutable {
      if (outcome.outputs.ok()) {
        Settle(request, std::move(outcome));
      } else {
        OnCloudFailed(request, outcome.outputs.status());
      }
    });
  });
}

void Pipeline::OnCloudFailed(const RequestPtr& request, const absl::Status& why) {
  if (request->answered) {
    return;
  }
  Log(LogLevel::kDebug, "finish_locally", {{"id", request->frame.id}, {"reason", why}});
  if (!request->finish_failure.ok()) {
    Settle(request, Outcome{.outputs = request->finish_failure});
    return;
  }
  StartFinish(request);
}

void Pipeline::StartFinish(const RequestPtr& request) {
  if (std::exchange(request->finishing, true)) {
    return;
  }
  compute_.Post([this, request] { Finish(request); }, WorkerThread::Priority::kUrgent);
}

// Compute thread.
void Pipeline::Finish(const RequestPtr& request) {
  if (request->answered) {
    return;
  }
  const MonotonicTime begin = clock_.Now();
  Outcome outcome{
      FinishLocally(*request), request->deployment->fallback ? Path::kFallback : Path::kEdge, {}};
  outcome.latency.tail = clock_.Now() - begin;
  {
    const absl::MutexLock lock(&mutex_);
    finish_time_.AddFinish(outcome.latency.tail);
  }
  boost::asio::post(io_, [this, request, outcome = std::move(outcome)]() mutable {
    Settle(request, std::move(outcome));
  });
}

// The first answer counts; what comes later is dropped. A local finish that failed leaves the cloud
// its chance.
void Pipeline::Settle(const RequestPtr& request, Outcome outcome) {
  if (request->answered) {
    return;
  }
  if (!outcome.outputs.ok() && request->session_id != 0) {
    request->finish_failure = outcome.outputs.status();
    return;
  }
  request->answered = true;
  request->finish_timer.reset();
  if (request->session_id != 0) {
    session_->Cancel(std::exchange(request->session_id, 0));
  }
  outcome.latency.head = request->latency.head;
  outcome.latency.encode = request->latency.encode;
  outcome.latency.total = clock_.Now() - request->admitted;
  output_.Post([this, request, outcome = std::move(outcome)] {
    emit_(MakeResult(*request, outcome, clock_.WallNow()));
    const absl::MutexLock lock(&mutex_);
    --open_;
  });
}

}  // namespace tideline
