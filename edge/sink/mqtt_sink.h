#pragma once

#include <memory>
#include <string>

#include "edge/mqtt/client.h"
#include "edge/sink/sink.h"

namespace tideline {

// Publishes each record to `topic`/results, at least once; `topic`/status is "online" or "offline"
// and is retained. Records that the broker has not acknowledged are sent again over a new
// connection; Sync waits for them. Errors: as MqttClient::Start.
absl::StatusOr<std::unique_ptr<Sink>> OpenMqttSink(const std::string& topic,
                                                   const MqttBroker& broker);

}  // namespace tideline
