#include "edge/sink/mqtt_sink.h"

#include <span>
#include <utility>

namespace tideline {
namespace {

constexpr absl::Duration kSync =
    absl::Seconds(2);  // how long the broker may take for the last ones

class MqttSink final : public Sink {
 public:
  MqttSink(std::string topic, std::unique_ptr<MqttClient> client)
      : topic_(std::move(topic)), client_(std::move(client)) {}

  absl::Status Write(const Record& record) override {
    std::string_view line = record.line;
    line.remove_suffix(line.ends_with('\n') ? 1 : 0);
    return client_->Publish(topic_, line, kReaderPatience);
  }
  absl::Status Sync() override { return client_->Flush(kSync); }

 private:
  const std::string topic_;
  const std::unique_ptr<MqttClient> client_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Sink>> OpenMqttSink(const std::string& topic,
                                                   const MqttBroker& broker) {
  MqttOptions options{.broker = broker, .client = MqttClientName("sink", topic)};
  options.status = topic + "/status";
  ASSIGN_OR_RETURN(std::unique_ptr<MqttClient> client,
                   MqttClient::Start(std::move(options), [](std::span<const std::byte>) {}));
  return std::make_unique<MqttSink>(topic + "/results", std::move(client));
}

}  // namespace tideline
