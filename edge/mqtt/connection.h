#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "common/base/status.h"
#include "edge/mqtt/client.h"

namespace tideline {

// libmosquitto's calls, with errors as statuses. Its users are client.cc and nobody else.
// Publish is thread-safe; everything else belongs to one thread, which the events come on too.
class MqttConnection {
 public:
  struct Events {
    std::function<void()> on_ready;                  // the broker has let us in
    std::function<void(std::string why)> on_broken;  // it has not, or the connection is gone
    std::function<void()> on_acknowledged;           // the broker has one more message
    MqttClient::OnMessage on_message;
  };

  // Errors: as MqttClient::Start.
  static absl::StatusOr<std::unique_ptr<MqttConnection>> Make(const MqttOptions& options,
                                                              Events events);
  virtual ~MqttConnection() = default;

  // Begins to connect, to the same broker again after an error. Errors: Unavailable.
  virtual absl::Status Connect() = 0;
  // Sends and receives what there is, waits for it at most for `limit`. Errors: Unavailable where
  // the connection is broken.
  virtual absl::Status Turn(absl::Duration limit) = 0;
  virtual void Disconnect() = 0;

  // QoS 1. Errors: Unavailable, InvalidArgument.
  virtual absl::Status Publish(const std::string& topic, std::string_view payload, bool retain) = 0;
  // QoS 1. Errors: Unavailable.
  virtual absl::Status Subscribe(const std::string& filter) = 0;
};

}  // namespace tideline
