#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "edge/mqtt/client.h"
#include "edge/source/source.h"

namespace tideline {

// A JPEG, a PNG or a .npy array, told by its first bytes. Pure.
// Errors: InvalidArgument for anything else, ResourceExhausted above kMaxImageFile.
absl::StatusOr<SourceInput> ParsePayload(Bytes payload);

// The latest of the messages on topic options.topic, each an image or an array; one that is
// neither is a frame with an error. A broker that is away is tried again and again.
// Errors: as MqttClient::Start.
absl::StatusOr<std::unique_ptr<Source>> OpenMqttSource(const SourceOptions& options,
                                                       const MqttBroker& broker);

}  // namespace tideline
