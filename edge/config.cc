#include "edge/config.h"

namespace tideline {
namespace {

void AddCloud(FieldList<EdgeConfig>& list) {
  using Cloud = EdgeConfig::Cloud;
  list.Add("cloud.address", "address of tideline-cloud, tcp://HOST:PORT; empty: no cloud",
           &EdgeConfig::cloud, &Cloud::address)
      .Check([](const std::string& address) {
        return address.empty() ? absl::OkStatus() : CheckEndpoint(address);
      });
  list.Add("cloud.server_key", "file with the cloud's public key", &EdgeConfig::cloud,
           &Cloud::server_key)
      .Path();
  list.Add("cloud.security", "encryption and authentication; none only on this machine",
           &EdgeConfig::cloud, &Cloud::security);
  list.Add("cloud.wait", "how long the first input may wait for the cloud; 0s: not at all",
           &EdgeConfig::cloud, &Cloud::wait);
  list.Add("cloud.memory",
           "file that keeps what is known of the link for the next start; for cut "
           "auto; empty: none",
           &EdgeConfig::cloud, &Cloud::memory)
      .Path();
  list.Add("keys.secret", "file with this edge's secret key", &EdgeConfig::keys,
           &EdgeConfig::Keys::secret)
      .Path();
}

void AddCompute(FieldList<EdgeConfig>& list) {
  list.Add("engine.threads", "threads inside one run; 0: all that the process may use",
           &EdgeConfig::engine, &EdgeConfig::Engine::threads)
      .Between(0, 1024);
  list.Add("engine.spin", "idle threads spin: faster, at the price of a busy processor",
           &EdgeConfig::engine, &EdgeConfig::Engine::spin);
  list.Add("engine.cache", "folder that keeps what openvino compiled for the next start",
           &EdgeConfig::engine, &EdgeConfig::Engine::cache)
      .Path();
  list.Add("engine.cache_limit", "how large that folder may grow; the oldest entries go first",
           &EdgeConfig::engine, &EdgeConfig::Engine::cache_limit);
  list.Add("engine.memory_limit", "memory that what openvino compiled may take; 0B: no limit",
           &EdgeConfig::engine, &EdgeConfig::Engine::memory_limit);
  list.Add("pipeline.in_flight", "requests that may be open at the same time",
           &EdgeConfig::pipeline, &EdgeConfig::Pipeline::in_flight)
      .Between(1, 1024);
  list.Add("limits.max_tensor", "largest tensor that is accepted from the cloud",
           &EdgeConfig::limits, &EdgeConfig::Limits::max_tensor)
      .Between({1}, {int64_t{1} << 32});
}

void AddSourceAndSink(FieldList<EdgeConfig>& list) {
  list.Add("source.name", "the source's name in records", &EdgeConfig::source,
           &SourceOptions::name);
  list.Add("source.kind", "what the inputs are", &EdgeConfig::source, &SourceOptions::kind);
  list.Add("source.path", "images: file, folder or glob; npy: one array, or folder or glob of them",
           &EdgeConfig::source, &SourceOptions::path)
      .Path();
  list.Add("source.loop", "begin again at the end", &EdgeConfig::source, &SourceOptions::loop)
      .Flag("loop");
  list.Add("source.rate", "inputs per time, on a fixed schedule; none: as fast as they are taken",
           &EdgeConfig::source, &SourceOptions::rate)
      .Flag("rate");
  list.Add("source.journal", "file that tells the next start what was answered; empty: none",
           &EdgeConfig::source, &SourceOptions::journal)
      .Path();
  list.Add("sink.kind", "how results are written", &EdgeConfig::sink, &SinkOptions::kind);
  list.Add("sink.path", "file that results are appended to; -: standard output", &EdgeConfig::sink,
           &SinkOptions::path)
      .Path();
  list.Add("sink.outputs", "write the network's raw results too", &EdgeConfig::sink,
           &SinkOptions::outputs);
  list.Add("sink.ordered", "results leave in the order of their inputs", &EdgeConfig::sink,
           &SinkOptions::ordered);
  list.Add("sink.keep", "results kept while they cannot be written; above it the oldest go",
           &EdgeConfig::sink, &SinkOptions::keep)
      .Between({0}, {int64_t{1} << 30});
}

absl::Status CheckWhole(const EdgeConfig& config, const Origins& origins) {
  const EdgeConfig::Cloud& cloud = config.cloud;
  if (config.source.kind != SourceKind::kStdin && config.source.path.empty()) {
    return InvalidArgument("{}: is missing; a source of kind {} reads files",
                           origins.Of("source.path"), FormatValue(config.source.kind));
  }
  if (config.source.kind == SourceKind::kStdin && !config.source.journal.empty()) {
    return InvalidArgument(
        "{}: is for files; what comes on standard input is not there again at "
        "the next start",
        origins.Of("source.journal"));
  }
  if (config.source.rate && config.source.rate->per_second <= 0) {
    return InvalidArgument("{}: a rate is above 0; write none for no schedule",
                           origins.Of("source.rate"));
  }
  if (cloud.address.empty()) {
    return absl::OkStatus();
  }
  if (cloud.security == Security::kNone && !IsLoopback(cloud.address)) {
    return InvalidArgument("{}: none is only for a cloud on this machine, {} is not; use curve",
                           origins.Of("cloud.security"), cloud.address);
  }
  if (cloud.security == Security::kCurve && cloud.server_key.empty()) {
    return InvalidArgument("{}: is missing; give the file with the cloud's public key",
                           origins.Of("cloud.server_key"));
  }
  if (cloud.security == Security::kCurve && config.keys.secret.empty()) {
    return InvalidArgument("{}: is missing; make one with 'tideline keygen'",
                           origins.Of("keys.secret"));
  }
  return absl::OkStatus();
}

FieldList<EdgeConfig> MakeFields() {
  FieldList<EdgeConfig> list;
  AddDaemonFields(list);
  list.Add("partition", "partition file: model, cut, codec and targets; re-read when it changes",
           &EdgeConfig::partition)
      .Path()
      .Required();
  AddCloud(list);
  AddCompute(list);
  AddSourceAndSink(list);
  list.Check(CheckWhole);
  return list;
}

}  // namespace

const FieldList<EdgeConfig>& EdgeFields() {
  static const auto& list = *new FieldList<EdgeConfig>(MakeFields());
  return list;
}

}  // namespace tideline
