#include "tideline/edge.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"

#include "common/engine/engines.h"
#include "common/telemetry/log.h"
#include "edge/client/callers.h"
#include "edge/client/convert.h"
#include "edge/client/settings.h"
#include "edge/clouds.h"
#include "edge/link.h"
#include "edge/pipeline.h"
#include "edge/reloader.h"
#include "edge/status/status_board.h"

namespace tideline {
namespace {

EngineOptions EngineOptionsOf(const EdgeConfig::Engine& engine) {
  return {.threads = engine.threads,
          .cache_folder = engine.cache,
          .cache_limit = static_cast<uint64_t>(engine.cache_limit.count),
          .memory_limit = static_cast<uint64_t>(engine.memory_limit.count)};
}

// Counts what is answered.
class Counter final : public PipelineObserver {
 public:
  void OnResult(const Result& result) override {
    board_.OnResult(result);
    missed_ += result.deadline_met == false ? 1 : 0;
  }
  void OnDecision(const Way&, const Decision&) override {}

  client::Statistics Sum() const {
    client::Statistics statistics = ToClient(board_.State());
    statistics.deadlines_missed = missed_;
    return statistics;
  }

 private:
  const SystemClock clock_;
  StatusBoard board_{clock_, /*images=*/false};
  std::atomic<uint64_t> missed_ = 0;
};

// A future and who keeps its promise, which lives until both are done with it.
struct Promised {
  Promised() {
    auto promise = std::make_shared<std::promise<client::Or<client::Answer>>>();
    future = promise->get_future();
    done = [promise](client::Or<client::Answer> answer) { promise->set_value(std::move(answer)); };
  }

  std::future<client::Or<client::Answer>> future;
  Edge::Done done;
};

}  // namespace

// As tideline-edge wires it, but for source, sink and HTTP.
class __attribute__((visibility("hidden"))) Edge::Impl {
 public:
  static absl::StatusOr<std::unique_ptr<Impl>> Open(const client::Options& options);
  explicit Impl(EdgeConfig config)
      : config_(std::move(config)),
        loader_(config_.model_repository, EngineOptionsOf(config_.engine)),
        callers_(static_cast<size_t>(config_.pipeline.in_flight.most)) {}
  ~Impl() { Close(config_.exit_timeout); }

  void Begin(const client::Input& input, const client::Request& request, absl::Duration wait,
             const Done& done);
  bool WaitForCloud(absl::Duration limit);
  client::Statistics Sum();
  void Close(absl::Duration limit);

 private:
  absl::Status Start();

  const EdgeConfig config_;
  const SystemClock clock_;
  DeploymentLoader loader_;
  Counter counter_;
  Callers callers_;
  std::atomic<uint64_t> requests_ = 0;
  boost::asio::io_context io_{1};
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
  std::optional<Links> links_;
  std::optional<Pipeline> pipeline_;
  std::unique_ptr<Reloader> reloader_;
  std::mutex closing_;  // of what follows
  std::thread thread_;  // the I/O loop
};

absl::StatusOr<std::unique_ptr<Edge::Impl>> Edge::Impl::Open(const client::Options& options) {
  ASSIGN_OR_RETURN(EdgeConfig config, LoadClientConfig(options));
  ConfigureLog(config.log);
  SetEngineThreads(config.engine.threads, config.engine.spin);
  auto impl = std::make_unique<Impl>(std::move(config));
  RETURN_IF_ERROR(impl->Start());
  return impl;
}

absl::Status Edge::Impl::Start() {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Deployment> deployment,
                   loader_.Load(config_.partition));
  ASSIGN_OR_RETURN(links_, OpenLinks(io_, config_, deployment));
  // One place more than callers have: theirs is free when they are called, which the pipeline
  // learns a moment later.
  pipeline_.emplace(
      io_, *links_->clouds,
      PipelineOptions{.in_flight = static_cast<size_t>(config_.pipeline.in_flight.most) + 1,
                      .automatic = config_.pipeline.in_flight.automatic,
                      .max_tensor = static_cast<uint64_t>(config_.limits.max_tensor.count),
                      .link_memory = config_.cloud.memory,
                      .observer = &counter_},
      [](const Result&) {});
  pipeline_->SetDeployment(deployment);
  const auto apply = [this](const std::shared_ptr<const Deployment>& next) {
    pipeline_->SetDeployment(next);
    LogDeployment("reloaded", *next);
  };
  ASSIGN_OR_RETURN(reloader_, Reloader::Start(io_, loader_, config_.partition, apply));
  LogDeployment("ready", *deployment);
  reloader_->Complete(deployment);
  work_.emplace(io_.get_executor());
  thread_ = std::thread([this] { io_.run(); });
  if (!config_.cloud.address.empty()) {
    pipeline_->WaitForCloud(config_.cloud.wait);
  }
  return absl::OkStatus();
}

void Edge::Impl::Begin(const client::Input& input, const client::Request& request,
                       absl::Duration wait, const Done& done) {
  const MonotonicTime asked = clock_.Now();
  SourceFrame frame = FrameOf(input, request, requests_++);
  const absl::StatusOr<uint64_t> caller = callers_.Add(
      [done](const absl::StatusOr<Result>& result) {
        done(result.ok() ? ToClient(*result)
                         : client::Or<client::Answer>(ToClient(result.status())));
      },
      wait);
  if (!caller.ok()) {
    done(ToClient(caller.status()));
    return;
  }
  GuestOptions options;
  options.done = [this, caller = *caller](Result result) {
    callers_.Answer(caller, std::move(result));
  };
  if (request.deadline) {
    options.deadline = absl::FromChrono(*request.deadline) - (clock_.Now() - asked);
  }
  const absl::Status admitted = pipeline_->TryAdmit(std::move(frame), std::move(options));
  if (!admitted.ok()) {
    callers_.Answer(*caller, admitted);
  }
}

bool Edge::Impl::WaitForCloud(absl::Duration limit) {
  pipeline_->WaitForCloud(limit);
  return links_->clouds->AnyReady();
}

client::Statistics Edge::Impl::Sum() {
  client::Statistics statistics = counter_.Sum();
  const std::shared_ptr<const Deployment> deployment = pipeline_->deployment();
  statistics.open = pipeline_->open();
  statistics.cloud_ready = links_->clouds->AnyReady();
  statistics.model = deployment->model->files.name;
  statistics.cut = deployment->CutText();
  return statistics;
}

void Edge::Impl::Close(absl::Duration limit) {
  const std::lock_guard lock(closing_);
  if (!thread_.joinable()) {
    return;
  }
  pipeline_->StopGuests();
  pipeline_->WaitIdle(limit);
  io_.stop();
  thread_.join();
  callers_.Fail(Cancelled("the edge was closed before the answer came"));
}

client::Or<Edge> Edge::Open(const client::Options& options) {
  absl::StatusOr<std::unique_ptr<Impl>> impl = Impl::Open(options);
  if (!impl.ok()) {
    return ToClient(impl.status());
  }
  return Edge(*std::move(impl));
}

client::Or<Edge> Edge::Open(const std::string& config_file) {
  return Open(client::Options{config_file, {}});
}

Edge::Edge(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Edge::Edge(Edge&&) noexcept = default;
Edge& Edge::operator=(Edge&&) noexcept = default;
Edge::~Edge() = default;

client::Or<client::Answer> Edge::Infer(const client::Input& input, const client::Request& request) {
  const absl::Duration wait =
      request.deadline ? absl::FromChrono(*request.deadline) : absl::InfiniteDuration();
  Promised promised;
  impl_->Begin(input, request, wait, promised.done);
  return promised.future.get();
}

void Edge::InferAsync(const client::Input& input, const client::Request& request,
                      const Done& done) {
  impl_->Begin(input, request, absl::ZeroDuration(), done);
}

std::future<client::Or<client::Answer>> Edge::InferAsync(const client::Input& input,
                                                         const client::Request& request) {
  Promised promised;
  impl_->Begin(input, request, absl::ZeroDuration(), promised.done);
  return std::move(promised.future);
}

bool Edge::WaitForCloud(std::chrono::nanoseconds limit) {
  return impl_->WaitForCloud(absl::FromChrono(limit));
}

client::Statistics Edge::Statistics() const { return impl_->Sum(); }

void Edge::Close(std::chrono::nanoseconds limit) { impl_->Close(absl::FromChrono(limit)); }

const char* Edge::Version() { return DaemonVersion().data(); }

}  // namespace tideline
