#include "edge/pipeline.h"

#include <algorithm>
#include <utility>

#include "boost/asio/post.hpp"

#include "common/telemetry/log.h"
#include "edge/answer.h"

namespace tideline {
namespace {

absl::Duration DeadlineOf(const Deployment& deployment) {
  return deployment.partition.target.deadline.value_or(absl::InfiniteDuration());
}

uint64_t BytesOf(const SourceFrame& frame) {
  if (!frame.input.ok()) {
    return 0;
  }
  if (const auto* file = std::get_if<ImageFile>(&*frame.input)) {
    return file->bytes.size();
  }
  const auto* pixels = std::get_if<Pixels>(&*frame.input);
  return pixels != nullptr ? pixels->rgb.nbytes() : std::get<Tensor>(*frame.input).nbytes();
}

}  // namespace

Pipeline::Pipeline(boost::asio::io_context& io, Clouds& clouds, PipelineOptions options, Emit emit)
    : io_(io),
      clouds_(clouds),
      options_(std::move(options)),
      emit_(std::move(emit)),
      adaptation_(clock_, clouds.places()),
      finish_time_(absl::ZeroDuration()),
      places_(options_.in_flight, options_.automatic),
      shadows_({io, clouds, adaptation_, compute_, output_, options_.max_tensor}),
      output_("output"),
      compute_("compute") {
  clouds_.SetListener(
      {.on_replaced = [this](size_t cloud) { adaptation_.OnNewCloud(cloud); },
       .on_ready = [this](size_t cloud, bool ready) { adaptation_.OnCloud(cloud, ready); },
       .on_sample =
           [this](size_t cloud, const LinkSample& sample) {
             const uint64_t queue = clouds_.session(cloud)->statistics().queue_us;
             adaptation_.OnLink(cloud, sample, absl::Microseconds(queue));
           }});
  for (size_t cloud = 0; cloud < clouds_.places() && !options_.link_memory.empty(); ++cloud) {
    if (cloud > 0 && clouds_.session(cloud) == nullptr) {
      break;  // those that are found later are not remembered
    }
    const std::string suffix = cloud == 0 ? "" : "." + std::to_string(cloud + 1);
    keepers_.push_back(
        std::make_unique<LinkKeeper>(io_, adaptation_, options_.link_memory + suffix, cloud));
  }
}

Pipeline::~Pipeline() {
  std::deque<RequestPtr> dropped;
  {
    const SteadyLock lock(&mutex_);
    dropped.swap(waiting_guests_);  // the compute thread ends before the output thread
  }
  clouds_.Close();
  clouds_.SetListener({});
}

void Pipeline::SetDeployment(std::shared_ptr<const Deployment> deployment) {
  clouds_.SetDeployment(deployment);
  adaptation_.SetDeployment(*deployment);
  shadows_.SetDeployment(deployment);
  const SteadyLock lock(&mutex_);
  finish_time_ = FinishTime(deployment->local().whole_time);
  deployment_ = std::move(deployment);
}

std::shared_ptr<const Deployment> Pipeline::deployment() {
  const SteadyLock lock(&mutex_);
  return deployment_;
}

RequestPtr Pipeline::NewRequest(SourceFrame frame) const {
  auto request = std::make_shared<Request>();
  request->held.emplace(held_).Add(BytesOf(frame));
  request->frame = std::move(frame);
  return request;
}

void Pipeline::Admit(SourceFrame frame) {
  const RequestPtr request = NewRequest(std::move(frame));
  {
    const SteadyLock lock(&mutex_);
    mutex_.Await([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return HasPlace(); });
    ++open_;
    request->deployment = deployment_;
  }
  request->admitted = clock_.Now();
  request->deadline = request->admitted + DeadlineOf(*request->deployment);
  compute_.Post([this, request] { Start(request); });
}

void Pipeline::WaitForCloud(absl::Duration limit) { clouds_.WaitForOne(limit); }

bool Pipeline::WaitIdle(absl::Duration limit) {
  const SteadyLock lock(&mutex_);
  return mutex_.AwaitFor([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return IsIdle(); }, limit);
}

size_t Pipeline::open() {
  const SteadyLock lock(&mutex_);
  return open_;
}

// Compute thread.
void Pipeline::ChooseWay(Request& request) {
  const Deployment& deployment = *request.deployment;
  request.way = deployment.way;
  if (!deployment.uses_cloud()) {
    return;
  }
  const std::optional<size_t> cloud =
      adaptation_.TakeCloud({}, /*insist=*/deployment.steering == nullptr);
  if (cloud) {
    request.attempt = Attempt{.cloud = *cloud};
  }
  if (deployment.steering == nullptr) {
    return;
  }
  request.decision = adaptation_.Decide(*deployment.steering, cloud);
  if (request.decision && request.decision->candidate >= 0) {
    {
      const SteadyLock lock(&mutex_);
      places_.Expect(request.decision->expected);
    }
    request.way = deployment.steering->way(request.decision->candidate);
    if (options_.observer != nullptr) {
      options_.observer->OnDecision(request.way, *request.decision);
    }
  } else {
    request.decision.reset();  // the deployment has changed: it is answered here
  }
}

// Compute thread: everything up to the point where the request leaves for the cloud or is answered.
void Pipeline::Start(const RequestPtr& request) {
  request->started = clock_.Now();
  if (const absl::Status status = Preprocess(*request); !status.ok()) {
    boost::asio::post(io_,
                      [this, request, status] { Settle(request, Outcome{.outputs = status}); });
    return;
  }
  request->held->Add(request->raw.defined() ? request->raw.nbytes() : 0);
  ChooseWay(*request);
  if (!request->way.uses_cloud() || !request->attempt) {
    boost::asio::post(io_, [this, request] { StartFinish(request); });
    return;
  }
  const MonotonicTime begin = clock_.Now();
  const absl::Status status = HeadAndEncode(request);
  {
    const SteadyLock lock(&mutex_);
    finish_time_.AddHead(clock_.Now() - begin);
  }
  if (!status.ok()) {
    boost::asio::post(io_, [this, request, status] { OnCloudFailed(request, status); });
  }
}

// How long the cloud may take before the request is finished here. Where several are open they may
// all need the one compute thread.
absl::Duration Pipeline::FinishAfter(const Request& request) {
  absl::Duration start = absl::InfiniteDuration();
  // A plan knows how long the network takes here, not how long a fallback does.
  const bool planned = request.decision && !request.deployment->fallback;
  if (planned && request.decision->tail.start_ns < TailPlan::kNever) {
    start = request.admitted + absl::Nanoseconds(request.decision->tail.start_ns);
  }
  const SteadyLock lock(&mutex_);
  if (!planned || open_ > 1) {
    start = std::min(start, request.deadline - finish_time_.Reserve(open_));
  }
  return start - clock_.Now();
}

// I/O thread, as everything below but Finish. As late as the deadline allows, the request is
// finished here.
void Pipeline::ArmFinishTimer(const RequestPtr& request) {
  const absl::Duration wait = FinishAfter(*request);
  if (wait == absl::InfiniteDuration() || request->finish_timer != nullptr) {
    return;
  }
  request->finish_timer = std::make_unique<boost::asio::steady_timer>(
      io_, absl::ToChronoNanoseconds(std::max(wait, absl::ZeroDuration())));
  request->finish_timer->async_wait([this, request](const boost::system::error_code& error) {
    if (!error && !request->answered) {
      StartFinish(request);
    }
  });
}

void Pipeline::OnCloudFailed(const RequestPtr& request, const absl::Status& why) {
  if (request->answered || Retry(request, why)) {
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
  const absl::Duration cpu = finish_cpu_.Read();
  Outcome outcome{
      FinishLocally(*request), request->deployment->fallback ? Path::kFallback : Path::kEdge, {}};
  outcome.cpu = std::max(finish_cpu_.Read() - cpu, absl::ZeroDuration());
  outcome.latency.tail = clock_.Now() - begin;
  if (request->answered) {
    CountLoser(*request, outcome);
    return;  // the compute thread is free for the next head
  }
  outcome.times.finish_begun = begin;
  {
    const SteadyLock lock(&mutex_);
    finish_time_.AddFinish(outcome.latency.tail);
  }
  boost::asio::post(io_, [this, request, outcome = std::move(outcome)]() mutable {
    Settle(request, std::move(outcome));
  });
}

// Thread-safe: an answer that is not the first.
void Pipeline::CountLoser(const Request& request, const Outcome& outcome) {
  if (ByCloud(outcome.path)) {
    losing_.AddLateAnswer(request.bytes_up, RadioJoulesOf(request, request.bytes_up));
  } else {
    losing_.AddFinish(outcome.cpu, outcome.latency.tail, request.deployment->ComputeWatts());
  }
}

// The first answer counts; what comes later is dropped, and a local finish that still runs is
// stopped. One that failed leaves the cloud its chance.
void Pipeline::Settle(const RequestPtr& request, Outcome outcome) {
  if (request->answered) {
    CountLoser(*request, outcome);
    return;
  }
  if (!outcome.outputs.ok() && (request->session_id != 0 || request->retrying)) {
    request->finish_failure = outcome.outputs.status();
    return;
  }
  request->answered = true;
  request->stop.request_stop();
  request->finish_timer.reset();
  if (request->session_id != 0) {
    Session& session = *clouds_.session(request->attempt->cloud);
    const uint64_t bytes = session.Cancel(std::exchange(request->session_id, 0));
    losing_.AddLateAnswer(bytes, RadioJoulesOf(*request, bytes));
  }
  if (request->decision && outcome.outputs.ok()) {
    LearnFrom(request, outcome);
  }
  outcome.latency.head = request->latency.head;
  outcome.latency.encode = request->latency.encode;
  outcome.latency.total = clock_.Now() - request->admitted;
  output_.Post([this, request, outcome = std::move(outcome)] {
    Result result = MakeResult(*request, outcome, clock_.WallNow());
    if (options_.observer != nullptr) {
      options_.observer->OnResult(result);
    }
    (request->done ? request->done : emit_)(std::move(result));
    const SteadyLock lock(&mutex_);
    --open_;
    if (request->done) {
      --guests_;
      BeginGuests();
    }
  });
}

}  // namespace tideline
