#pragma once

#include <memory>
#include <string>
#include <vector>

#include "edge/mqtt/client.h"
#include "edge/sink/sink.h"

namespace tideline {

// A sink beside the main one.
struct FurtherSink {
  std::string name;  // for the log
  std::unique_ptr<Sink> sink;
  bool images = false;  // takes the images and nothing else
};

// Those that `options` names. Who is away at the start is tried again and again.
// Errors: as those that open them.
absl::StatusOr<std::vector<FurtherSink>> OpenFurtherSinks(const SinkOptions& options,
                                                          const MqttBroker& broker);

}  // namespace tideline
