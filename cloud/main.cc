#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_join.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/signal_set.hpp"
#include "boost/asio/steady_timer.hpp"

#include "cloud/config.h"
#include "cloud/gateway.h"
#include "cloud/http.h"
#include "cloud/models.h"
#include "cloud/monitor.h"
#include "cloud/worker.h"
#include "common/config/run_main.h"
#include "common/engine/engines.h"
#include "common/telemetry/log.h"
#include "protocol/security/keys.h"
#include "protocol/transport/zmq.h"

// tideline-cloud: wiring only.
namespace tideline {
namespace {

const DaemonProgram kProgram{
    "tideline-cloud",
    "Runs the tails of networks for edges whose keys it lists, and whole ones over HTTP."};

absl::StatusOr<std::unique_ptr<ServerTransport>> Listen(boost::asio::io_context& io,
                                                        const CloudConfig& config) {
  ServerOptions server;
  server.address = config.listen;
  if (config.security == Security::kCurve) {
    server.security.emplace();
    ASSIGN_OR_RETURN(server.security->keys, security::ReadSecretKey(config.keys.secret));
    server.security->allow_list = config.allow;
  }
  return MakeZmqServer(io, server);
}

GatewayOptions MakeGatewayOptions(const CloudConfig& config, const ModelSet& models) {
  GatewayOptions options;
  options.id = config.id;
  options.version = DaemonVersion();
  options.isa = models.isa();
  options.peer.max_tensor = static_cast<uint64_t>(config.limits.max_tensor.count);
  options.peer.max_inflight = static_cast<uint64_t>(config.limits.max_inflight.count);
  return options;
}

// Drains on SIGTERM and SIGINT, for `exit_timeout` at most; a second signal ends at once.
void OnSignals(boost::asio::signal_set& signals, boost::asio::steady_timer& limit,
               absl::Duration exit_timeout, std::function<void()> drain,
               boost::asio::io_context& io) {
  signals.async_wait(
      [&, exit_timeout, drain = std::move(drain)](const boost::system::error_code& error, int) {
        if (error) {
          return;
        }
        Log(LogLevel::kInfo, "stopping");
        drain();
        limit.expires_after(absl::ToChronoNanoseconds(exit_timeout));
        limit.async_wait([&](const boost::system::error_code& cancelled) {
          if (!cancelled) {
            Log(LogLevel::kWarning, "exit_timeout");
            io.stop();
          }
        });
        signals.async_wait([&](const boost::system::error_code&, int) { io.stop(); });
      });
}

absl::Status Run(const CloudConfig& config, const ModelSet& models,
                 const ServedProfiles& profiles) {
  boost::asio::io_context io(1);
  ASSIGN_OR_RETURN(const std::unique_ptr<ServerTransport> transport, Listen(io, config));
  Worker worker(io, {.max_requests = static_cast<size_t>(config.limits.queue)},
                static_cast<uint64_t>(config.limits.max_tensor.count));
  CloudMonitor monitor{std::string(DaemonVersion())};
  Gateway gateway(io, {*transport, models, profiles, worker, monitor},
                  MakeGatewayOptions(config, models));
  ASSIGN_OR_RETURN(const std::unique_ptr<CloudHttp> http,
                   CloudHttp::Start(io, {config, models, worker, monitor, gateway}));
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  boost::asio::steady_timer limit(io);
  const auto drain = [&] {
    gateway.Drain([&] { http->Finish([&] { io.stop(); }, config.exit_timeout); });
  };
  OnSignals(signals, limit, config.exit_timeout, drain, io);
  Log(LogLevel::kInfo, "ready",
      {{"address", transport->address()}, {"models", absl::StrJoin(models.ready(), ",")}});
  io.run();
  Log(LogLevel::kInfo, "stopped");
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // who reads our output may go; that is an error, not the end
  const DaemonStart<CloudConfig> start = StartDaemon(kProgram, CloudFields(), argc, argv);
  if (!start.loaded) {
    return start.exit_code;
  }
  const CloudConfig& config = start.loaded->config;
  SetEngineThreads(config.engine.threads, config.engine.spin);
  const absl::StatusOr<ModelSet> models =
      ModelSet::Load(config.model_repository, config.models, config.engine.name,
                     {.threads = config.engine.threads});
  if (!models.ok()) {
    return ReportConfigError(kProgram, models.status());
  }
  const absl::StatusOr<ServedProfiles> profiles = ServedProfiles::ReadFolder(config.profiles);
  if (!profiles.ok()) {
    return ReportConfigError(kProgram, profiles.status());
  }
  if (start.check_only) {
    return 0;
  }
  if (const absl::Status status = Run(config, *models, *profiles); !status.ok()) {
    Log(LogLevel::kError, "failed", {{"reason", status}});
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace tideline

int main(int argc, char** argv) { return tideline::RunMain(tideline::Main, argc, argv); }
