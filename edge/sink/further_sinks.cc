#include "edge/sink/further_sinks.h"

#include "edge/sink/mqtt_sink.h"

namespace tideline {

absl::StatusOr<std::vector<FurtherSink>> OpenFurtherSinks(const SinkOptions& options,
                                                          const MqttBroker& broker) {
  std::vector<FurtherSink> sinks;
  if (!options.mqtt.empty()) {
    ASSIGN_OR_RETURN(std::unique_ptr<Sink> sink, OpenMqttSink(options.mqtt, broker));
    sinks.push_back({.name = "mqtt topic " + options.mqtt, .sink = std::move(sink)});
  }
  return sinks;
}

}  // namespace tideline
