#include "cloud/config.h"

namespace tideline {
namespace {

void AddLink(FieldList<CloudConfig>& list) {
  list.Add("listen", "address to listen on, tcp://HOST:PORT; port 0: one that is free",
           &CloudConfig::listen)
      .Check([](const std::string& address) { return CheckEndpoint(address, /*any_port=*/true); });
  list.Add("security", "encryption and authentication; none only on a loopback address",
           &CloudConfig::security);
  list.Add("keys.secret", "file with this cloud's secret key", &CloudConfig::keys,
           &CloudConfig::Keys::secret)
      .Path();
  list.Add("allow", "folder with the public keys of the edges that are let in, one NAME.key each",
           &CloudConfig::allow)
      .Path();
}

void AddCompute(FieldList<CloudConfig>& list) {
  list.Add("engine.name", "engine that runs the tails", &CloudConfig::engine,
           &CloudConfig::Engine::name);
  list.Add("engine.threads", "threads inside one run; 0: all that the process may use",
           &CloudConfig::engine, &CloudConfig::Engine::threads)
      .Between(0, 1024);
  list.Add("engine.spin", "idle threads spin: faster, at the price of a busy processor",
           &CloudConfig::engine, &CloudConfig::Engine::spin);
  list.Add("limits.max_tensor", "largest tensor that is accepted from an edge or over HTTP",
           &CloudConfig::limits, &CloudConfig::Limits::max_tensor)
      .Between({1}, {int64_t{1} << 32});
  list.Add("limits.max_inflight", "bytes of one edge's open requests, and of all over HTTP",
           &CloudConfig::limits, &CloudConfig::Limits::max_inflight)
      .Between({1}, {int64_t{1} << 40});
  list.Add("limits.queue", "requests that may wait for the engine", &CloudConfig::limits,
           &CloudConfig::Limits::queue)
      .Between(1, 1'000'000);
}

absl::Status CheckWhole(const CloudConfig& config, const Origins& origins) {
  RETURN_IF_ERROR(CheckHttp(config.http, origins));
  if (config.security == Security::kNone) {
    return IsLoopback(config.listen)
               ? absl::OkStatus()
               : InvalidArgument("{}: none is only for a loopback address, {} is not; use curve",
                                 origins.Of("security"), config.listen);
  }
  if (config.keys.secret.empty()) {
    return InvalidArgument("{}: is missing; make one with 'tideline keygen'",
                           origins.Of("keys.secret"));
  }
  if (config.allow.empty()) {
    return InvalidArgument("{}: is missing; without public keys of edges nobody may connect",
                           origins.Of("allow"));
  }
  return absl::OkStatus();
}

FieldList<CloudConfig> MakeFields() {
  FieldList<CloudConfig> list;
  AddDaemonFields(list);
  list.Add("models", "names of the models to serve; empty: all of the repository",
           &CloudConfig::models);
  list.Add("profiles",
           "folder with this machine's profiles, FILE.json each, for edges that ask; empty: none",
           &CloudConfig::profiles)
      .Path();
  AddLink(list);
  AddCompute(list);
  AddHttpFields(list, &CloudConfig::http);
  list.Check(CheckWhole);
  return list;
}

}  // namespace

const FieldList<CloudConfig>& CloudFields() {
  static const auto& list = *new FieldList<CloudConfig>(MakeFields());
  return list;
}

}  // namespace tideline
