#include <csignal>
#include <functional>
#include <memory>
#include <utility>

#include "boost/asio/io_context.hpp"
#include "boost/asio/signal_set.hpp"

#include "common/config/run_main.h"
#include "common/engine/engines.h"
#include "common/telemetry/log.h"
#include "edge/config.h"
#include "edge/control/monitor.h"
#include "edge/deployment.h"
#include "edge/feed.h"
#include "edge/http.h"
#include "edge/link.h"
#include "edge/pipeline.h"
#include "edge/reloader.h"
#include "edge/sink/output.h"
#include "edge/source/source.h"

// tideline-edge: wiring only.
namespace tideline {
namespace {

const DaemonProgram kProgram{"tideline-edge",
                             "Runs the head of a network here and has the rest done by "
                             "tideline-cloud; answers alone while that is away."};

// Re-reads the partition file on SIGHUP, ends the source on SIGTERM and SIGINT.
void OnSignals(boost::asio::signal_set& signals, Reloader& reloader, Feeding& feeding) {
  signals.async_wait([&](const boost::system::error_code& error, int signal) {
    if (error) {
      return;
    }
    if (signal == SIGHUP) {
      reloader.Reload();
    } else {
      feeding.Stop();
    }
    OnSignals(signals, reloader, feeding);
  });
}

absl::Status Run(const EdgeConfig& config, DeploymentLoader& loader,
                 std::shared_ptr<const Deployment> deployment) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Source> source, OpenSource(config.source, config.mqtt));
  ASSIGN_OR_RETURN(
      const std::unique_ptr<Output> output,
      Output::Open(config.sink, config.mqtt, config.pipeline.in_flight.most, source->journal()));
  EdgeMonitor monitor({config.id, config.http_images});
  monitor.WatchSource(*source, config.source);
  monitor.WatchOutput(*output);
  boost::asio::io_context io(1);
  ASSIGN_OR_RETURN(const Links links, OpenLinks(io, config, deployment));
  Pipeline pipeline(io, *links.clouds,
                    {.in_flight = static_cast<size_t>(config.pipeline.in_flight.most),
                     .automatic = config.pipeline.in_flight.automatic,
                     .max_tensor = static_cast<uint64_t>(config.limits.max_tensor.count),
                     .link_memory = config.cloud.memory,
                     .observer = &monitor},
                    [&](const Result& result) { output->Write(result); });
  pipeline.SetDeployment(deployment);
  monitor.Watch(pipeline, *links.clouds);
  monitor.OnDeployment(deployment);
  const auto apply = [&](const std::shared_ptr<const Deployment>& next) {
    pipeline.SetDeployment(next);
    monitor.OnDeployment(next);
    LogDeployment("reloaded", *next);
  };
  ASSIGN_OR_RETURN(const std::unique_ptr<Reloader> reloader,
                   Reloader::Start(io, loader, config.partition, apply));
  boost::asio::signal_set signals(io, SIGTERM, SIGINT, SIGHUP);
  Feeding feeding(io, config, *source, pipeline, *output);
  OnSignals(signals, *reloader, feeding);
  ASSIGN_OR_RETURN(const std::unique_ptr<EdgeHttp> http,
                   EdgeHttp::Start(io, {config, pipeline, *reloader, feeding, monitor,
                                        links.shape.get(), output->store()}));
  LogDeployment("ready", *deployment);
  reloader->Complete(deployment);
  feeding.Start([&](std::function<void()> end) { http->Finish(std::move(end)); });
  io.run();
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // who reads our output may go; that is an error, not the end
  std::signal(SIGXFSZ, SIG_IGN);  // and so may the room for it
  const DaemonStart<EdgeConfig> start = StartDaemon(kProgram, EdgeFields(), argc, argv);
  if (!start.loaded) {
    return start.exit_code;
  }
  const EdgeConfig& config = start.loaded->config;
  SetEngineThreads(config.engine.threads, config.engine.spin);
  DeploymentLoader loader(
      config.model_repository,
      {.threads = config.engine.threads,
       .cache_folder = config.engine.cache,
       .cache_limit = static_cast<uint64_t>(config.engine.cache_limit.count),
       .memory_limit = static_cast<uint64_t>(config.engine.memory_limit.count)});
  absl::StatusOr<std::shared_ptr<const Deployment>> deployment = loader.Load(config.partition);
  if (!deployment.ok()) {
    return ReportConfigError(kProgram, deployment.status());
  }
  if (start.check_only) {
    return 0;
  }
  if (const absl::Status status = Run(config, loader, *std::move(deployment)); !status.ok()) {
    Log(LogLevel::kError, "failed", {{"reason", status}});
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace tideline

int main(int argc, char** argv) { return tideline::RunMain(tideline::Main, argc, argv); }
