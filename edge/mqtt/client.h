#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "common/base/status.h"

namespace tideline {

inline constexpr size_t kMaxTopic = 1024;  // bytes

// A broker, and who one is there.
struct MqttBroker {
  std::string address;      // mqtt://HOST[:PORT], or mqtts:// for TLS
  std::string user;         // "" = none
  std::string password;     // file; "" = none
  std::string ca;           // file with the authorities to trust; "" = the system's
  std::string certificate;  // files of a client that shows a certificate; "" = none
  std::string key;
};

struct MqttOptions {
  MqttBroker broker;
  std::string client;     // its name at the broker, stable: a new connection replaces an old one
  std::string status;     // topic with "online" while connected, else "offline"; "" = none
  std::string subscribe;  // topic filter of what is wanted; "" = nothing
  size_t window = 64;     // messages that may be unacknowledged
  // Between tries to connect: at first, and at most.
  absl::Duration first_wait = absl::Milliseconds(200);
  absl::Duration longest_wait = absl::Seconds(10);
};

// Errors: InvalidArgument.
absl::Status CheckMqttAddress(std::string_view address);
absl::Status CheckTopic(std::string_view topic);        // one to publish to
absl::Status CheckTopicFilter(std::string_view topic);  // may hold '+' and '#'

// A client's name at the broker: of 23 letters, which every broker takes, the same at every start.
// `role` has three to six letters.
std::string MqttClientName(std::string_view role, std::string_view topic);

// A connection to an MQTT broker (3.1.1, QoS 1), made again with growing waits whenever it breaks;
// losing and finding the broker is logged. A thread of its own, `mqtt`. Thread-safe.
class MqttClient {
 public:
  // Called for every message, on the client's thread; may not block.
  using OnMessage = std::function<void(std::span<const std::byte> payload)>;

  // Never waits for the broker. Errors: those of ReadSecret; InvalidArgument for the address and
  // for certificates that cannot be read.
  static absl::StatusOr<std::unique_ptr<MqttClient>> Start(MqttOptions options,
                                                           OnMessage on_message);
  // Says "offline" where it is connected.
  virtual ~MqttClient() = default;

  // Hands a message over, which is then sent until the broker has it, over new connections too.
  // Waits for `patience` where the window is full. Errors: DeadlineExceeded where it still is,
  // Unavailable without a connection, InvalidArgument for what can never be sent.
  virtual absl::Status Publish(const std::string& topic, std::string_view payload,
                               absl::Duration patience) = 0;

  // Waits until the broker has all messages. Errors: Unavailable where it has not after `limit`.
  virtual absl::Status Flush(absl::Duration limit) = 0;
};

}  // namespace tideline
