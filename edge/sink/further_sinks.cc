#include "edge/sink/further_sinks.h"

#include <utility>

#include "edge/sink/images_sink.h"
#include "edge/sink/mqtt_sink.h"
#include "edge/sink/webhook.h"

namespace tideline {

absl::StatusOr<std::vector<FurtherSink>> OpenFurtherSinks(const SinkOptions& options,
                                                          const MqttBroker& broker) {
  std::vector<FurtherSink> sinks;
  if (!options.mqtt.empty()) {
    ASSIGN_OR_RETURN(std::unique_ptr<Sink> sink, OpenMqttSink(options.mqtt, broker));
    sinks.push_back({.name = "mqtt topic " + options.mqtt, .sink = std::move(sink)});
  }
  if (!options.webhook.url.empty()) {
    ASSIGN_OR_RETURN(std::unique_ptr<Sink> sink, OpenWebhook(options.webhook));
    sinks.push_back({.name = options.webhook.url, .sink = std::move(sink)});
  }
  if (!options.images.empty()) {
    sinks.push_back(
        {.name = options.images,
         .sink = OpenImagesSink(options.images, static_cast<size_t>(options.images_kept)),
         .images = true});
  }
  return sinks;
}

}  // namespace tideline
