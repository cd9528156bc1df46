#include "edge/config_ends.h"

#include "edge/sink/webhook.h"

namespace tideline {
namespace {

// "" is none.
template <typename Check>
auto IfGiven(Check check) {
  return [check](const std::string& text) {
    return text.empty() ? absl::OkStatus() : absl::Status(check(text));
  };
}

void AddSource(FieldList<EdgeConfig>& list) {
  const auto source = &EdgeConfig::source;
  list.Add("source.name", "the source's name in records", source, &SourceOptions::name);
  list.Add("source.kind", "what the inputs are", source, &SourceOptions::kind);
  list.Add("source.path",
           "images: file, folder or glob; npy: one array, or folder or glob of them; csv, video: "
           "file",
           source, &SourceOptions::path)
      .Path();
  list.Add("source.camera", "camera: /dev/video0, rtsp://HOST/PATH or http://HOST/PATH", source,
           &SourceOptions::camera);
  list.Add("source.topic", "mqtt: topic with a JPEG, a PNG or a .npy array in each message", source,
           &SourceOptions::topic)
      .Check(IfGiven(CheckTopicFilter));
  list.Add("source.loop", "begin again at the end", source, &SourceOptions::loop).Flag("loop");
  list.Add("source.rate", "inputs per time, on a fixed schedule; none: as fast as they are taken",
           source, &SourceOptions::rate)
      .Flag("rate");
  list.Add("source.journal", "file that tells the next start what was answered; empty: none",
           source, &SourceOptions::journal)
      .Path();
}

void AddWindow(FieldList<EdgeConfig>& list) {
  const auto source = &EdgeConfig::source;
  const auto window = &SourceOptions::window;
  list.Add("source.columns", "csv: columns that are taken, in this order; none: all", source,
           window, &WindowOptions::columns);
  list.Add("source.header", "csv: the first line names the columns, which else are 1, 2, …", source,
           window, &WindowOptions::header);
  list.Add("source.window", "csv: rows of one input", source, window, &WindowOptions::rows)
      .Between(1, 1'000'000);
  list.Add("source.hop", "csv: rows from one input to the next; 0: as many as one has", source,
           window, &WindowOptions::hop)
      .Between(0, 1'000'000);
  list.Add("source.layout", "csv: the order of an input's dimensions", source, window,
           &WindowOptions::layout);
}

void AddSink(FieldList<EdgeConfig>& list) {
  const auto sink = &EdgeConfig::sink;
  list.Add("sink.kind", "how results are written; none: only by the sinks named below", sink,
           &SinkOptions::kind);
  list.Add("sink.path", "file that results are appended to; -: standard output", sink,
           &SinkOptions::path)
      .Path();
  list.Add("sink.mqtt",
           "results go to TOPIC/results too, TOPIC/status says whether the edge is "
           "there; empty: neither",
           sink, &SinkOptions::mqtt)
      .Check(IfGiven(CheckTopic));
  list.Add("sink.webhook", "results are posted there too, http://HOST:PORT/PATH; empty: nowhere",
           sink, &SinkOptions::webhook, &WebhookOptions::url)
      .Check(IfGiven(CheckWebhookUrl));
  list.Add("sink.images", "folder that gets the images with their answers; empty: none", sink,
           &SinkOptions::images)
      .Path();
  list.Add("sink.images_kept", "the latest that stay in that folder", sink,
           &SinkOptions::images_kept)
      .Between(1, 1'000'000);
  list.Add("sink.poll",
           "the latest results that can be fetched with GET /api/v1/results; 0: not at all", sink,
           &SinkOptions::poll)
      .Between(0, 1'000'000);
  list.Add("sink.poll_bytes", "memory that those results may take; above it the oldest go", sink,
           &SinkOptions::poll_bytes)
      .Between({1}, {int64_t{1} << 30});
  list.Add("sink.outputs", "write the network's raw results too", sink, &SinkOptions::outputs);
  list.Add("sink.ordered", "results leave in the order of their inputs", sink,
           &SinkOptions::ordered);
  list.Add("sink.keep", "results kept while they cannot be written; above it the oldest go", sink,
           &SinkOptions::keep)
      .Between({0}, {int64_t{1} << 30});
}

void AddMqtt(FieldList<EdgeConfig>& list) {
  const auto mqtt = &EdgeConfig::mqtt;
  list.Add("mqtt.address", "the broker, mqtt://HOST:PORT, or mqtts:// for TLS", mqtt,
           &MqttBroker::address)
      .Check(IfGiven(CheckMqttAddress));
  list.Add("mqtt.user", "user at the broker; empty: none", mqtt, &MqttBroker::user);
  list.Add("mqtt.password", "file with the user's password", mqtt, &MqttBroker::password).Path();
  list.Add("mqtt.ca", "mqtts: file with the authorities to trust; empty: the system's", mqtt,
           &MqttBroker::ca)
      .Path();
  list.Add("mqtt.certificate", "mqtts: file with the certificate to show; empty: none", mqtt,
           &MqttBroker::certificate)
      .Path();
  list.Add("mqtt.key", "mqtts: file with that certificate's key", mqtt, &MqttBroker::key).Path();
}

void AddWebhook(FieldList<EdgeConfig>& list) {
  const auto sink = &EdgeConfig::sink;
  const auto webhook = &SinkOptions::webhook;
  list.Add("webhook.token", "file with a bearer token that is sent along; empty: none", sink,
           webhook, &WebhookOptions::token)
      .Path();
  list.Add("webhook.ca", "https: file with the authorities to trust; empty: the system's", sink,
           webhook, &WebhookOptions::ca)
      .Path();
  list.Add("webhook.batch", "results of one message at most", sink, webhook, &WebhookOptions::batch)
      .Between(1, 10'000);
  list.Add("webhook.timeout", "how long connecting and an answer may take", sink, webhook,
           &WebhookOptions::timeout)
      .Between(absl::Milliseconds(1), absl::Hours(1));
}

absl::Status CheckSource(const EdgeConfig& config, const Origins& origins) {
  const SourceOptions& source = config.source;
  const std::string kind = FormatValue(source.kind);
  const bool is_file = ReadsFiles(source.kind);
  if ((is_file || source.kind == SourceKind::kVideo) && source.path.empty()) {
    return InvalidArgument("{}: is missing; a source of kind {} reads files",
                           origins.Of("source.path"), kind);
  }
  if (source.kind == SourceKind::kCamera && source.camera.empty()) {
    return InvalidArgument("{}: is missing; write for example /dev/video0",
                           origins.Of("source.camera"));
  }
  if (source.kind == SourceKind::kMqtt && source.topic.empty()) {
    return InvalidArgument("{}: is missing; write for example cameras/door",
                           origins.Of("source.topic"));
  }
  if (!is_file && !source.journal.empty()) {
    return InvalidArgument(
        "{}: is for images, npy and csv; what comes by {} is not there again at the next start",
        origins.Of("source.journal"), kind);
  }
  if (IsLive(source.kind) && (source.loop || source.rate)) {
    return InvalidArgument("{}: is for files; what comes by {} has a time of its own",
                           origins.Of(source.loop ? "source.loop" : "source.rate"), kind);
  }
  if (source.kind == SourceKind::kNone && !config.http.enabled) {
    return InvalidArgument("{}: without a source requests come over HTTP alone, which is off",
                           origins.Of("http.enabled"));
  }
  if (source.rate && source.rate->per_second <= 0) {
    return InvalidArgument("{}: a rate is above 0; write none for no schedule",
                           origins.Of("source.rate"));
  }
  return absl::OkStatus();
}

absl::Status CheckSinks(const EdgeConfig& config, const Origins& origins) {
  const SinkOptions& sink = config.sink;
  if (sink.kind == SinkKind::kNone && !config.source.journal.empty()) {
    return InvalidArgument("{}: notes what the main sink has written, and sink.kind is none",
                           origins.Of("source.journal"));
  }
  if (sink.poll > 0 && !config.http.enabled) {
    return InvalidArgument("{}: results are fetched over HTTP, which is off",
                           origins.Of("sink.poll"));
  }
  return absl::OkStatus();
}

absl::Status CheckMqtt(const EdgeConfig& config, const Origins& origins) {
  const MqttBroker& mqtt = config.mqtt;
  const bool used = config.source.kind == SourceKind::kMqtt || !config.sink.mqtt.empty();
  if (used && mqtt.address.empty()) {
    return InvalidArgument(
        "{}: is missing; {} needs a broker, write for example "
        "mqtt://192.168.1.20:1883",
        origins.Of("mqtt.address"), config.sink.mqtt.empty() ? "source.topic" : "sink.mqtt");
  }
  if (!mqtt.password.empty() && mqtt.user.empty()) {
    return InvalidArgument("{}: is missing; a password is a user's", origins.Of("mqtt.user"));
  }
  if (mqtt.certificate.empty() != mqtt.key.empty()) {
    const char* missing = mqtt.key.empty() ? "mqtt.key" : "mqtt.certificate";
    return InvalidArgument("{}: is missing; a certificate and its key go together",
                           origins.Of(missing));
  }
  return absl::OkStatus();
}

}  // namespace

void AddEnds(FieldList<EdgeConfig>& list) {
  AddSource(list);
  AddWindow(list);
  AddSink(list);
  AddMqtt(list);
  AddWebhook(list);
}

absl::Status CheckEnds(const EdgeConfig& config, const Origins& origins) {
  RETURN_IF_ERROR(CheckSource(config, origins));
  RETURN_IF_ERROR(CheckSinks(config, origins));
  return CheckMqtt(config, origins);
}

}  // namespace tideline
