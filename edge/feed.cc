#include "edge/feed.h"

#include <optional>
#include <utility>

#include "boost/asio/post.hpp"

#include "common/telemetry/log.h"

namespace tideline {
namespace {

LogValue OrUnknown(const std::optional<double>& joules) {
  return joules ? LogValue(*joules) : LogValue("unknown");
}

void LogLosingWork(const LosingWork& work) {
  Log(LogLevel::kInfo, "losing_work",
      {{"late_answers", work.late_answers},
       {"finishes", work.finishes},
       {"cpu_s", absl::ToDoubleSeconds(work.cpu)},
       {"bytes_up", work.bytes_up},
       {"joules", OrUnknown(work.joules)},
       {"radio_joules", OrUnknown(work.radio_joules)}});
}

void LogCanaries(const Adaptation::Canaries& canaries) {
  if (canaries.answered > 0) {
    Log(LogLevel::kInfo, "canaries", {{"canaries", canaries.answered}, {"wrong", canaries.wrong}});
  }
}

}  // namespace

void Feed(const EdgeConfig& config, Source& source, Pipeline& pipeline, Output& output) {
  uint64_t frames = 0;
  if (!config.cloud.address.empty()) {
    pipeline.WaitForCloud(config.cloud.wait);
  }
  while (std::optional<SourceFrame> frame = source.Next()) {
    output.Expect(frame->seq);
    pipeline.Admit(*std::move(frame));
    ++frames;
  }
  pipeline.StopGuests();
  const MonotonicTime end = SystemClock().Now() + config.exit_timeout;
  const bool idle = pipeline.WaitIdle(config.exit_timeout);
  output.Finish(end);
  LogLosingWork(pipeline.losing_work());
  LogCanaries(pipeline.adaptation().canaries());
  Log(idle ? LogLevel::kInfo : LogLevel::kError, idle ? "drained" : "exit_timeout",
      {{"frames", frames}});
}

Feeding::Feeding(boost::asio::io_context& io, const EdgeConfig& config, Source& source,
                 Pipeline& pipeline, Output& output)
    : io_(io), config_(config), source_(source), pipeline_(pipeline), output_(output) {}

Feeding::~Feeding() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Feeding::Start(std::function<void(std::function<void()>)> finish) {
  finish_ = std::move(finish);
  thread_ = std::thread([this] {
    Feed(config_, source_, pipeline_, output_);
    boost::asio::post(io_, [this] { OnEnd(); });
  });
}

void Feeding::OnEnd() {
  ended_ = true;
  if (!draining_) {
    EndLoop();
  }
}

void Feeding::EndLoop() {
  finish_([this] { io_.stop(); });
}

void Feeding::Stop() {
  Log(LogLevel::kInfo, "stopping");
  draining_ = false;
  source_.Stop();
  output_.EndBy(SystemClock().Now() + config_.exit_timeout);
  if (ended_) {
    EndLoop();
  }
}

void Feeding::Drain() {
  draining_ = true;
  source_.Stop();
}

}  // namespace tideline
