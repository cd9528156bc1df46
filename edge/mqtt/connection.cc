#include "edge/mqtt/connection.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <mosquitto.h>
#include <utility>

#include "common/base/secret.h"
#include "common/config/url.h"

namespace tideline {
namespace {

constexpr std::array<UrlScheme, 2> kSchemes = {{{"mqtt", 1883}, {"mqtts", 8883}}};
constexpr int kKeepAliveSeconds = 15;
constexpr int kAtLeastOnce = 1;  // QoS
constexpr int kRequirePeer = 1;  // SSL_VERIFY_PEER
constexpr char kOffline[] = "offline";

std::string Reason(int code) {
  return code == MOSQ_ERR_ERRNO ? std::strerror(errno) : mosquitto_strerror(code);
}

absl::Status ToStatus(int code) {
  switch (code) {
    case MOSQ_ERR_SUCCESS:
      return absl::OkStatus();
    case MOSQ_ERR_INVAL:
    case MOSQ_ERR_PAYLOAD_SIZE:
    case MOSQ_ERR_MALFORMED_UTF8:
    case MOSQ_ERR_OVERSIZE_PACKET:
      return InvalidArgument("MQTT: {}", Reason(code));
    default:
      return Unavailable("MQTT: {}", Reason(code));
  }
}

const char* OrNull(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

struct Destroy {
  void operator()(mosquitto* client) const { mosquitto_destroy(client); }
};
using Handle = std::unique_ptr<mosquitto, Destroy>;

absl::Status SetUp(mosquitto* client, const MqttOptions& options) {
  const MqttBroker& broker = options.broker;
  mosquitto_threaded_set(client, true);
  mosquitto_max_inflight_messages_set(client, static_cast<unsigned>(options.window));
  std::string password;
  if (!broker.password.empty()) {
    ASSIGN_OR_RETURN(password, ReadSecret(broker.password));
  }
  if (!broker.user.empty()) {
    mosquitto_username_pw_set(client, broker.user.c_str(), OrNull(password));
  }
  if (!options.status.empty()) {
    RETURN_IF_ERROR(
        ToStatus(mosquitto_will_set(client, options.status.c_str(), std::strlen(kOffline), kOffline,
                                    kAtLeastOnce, /*retain=*/true)));
  }
  if (!broker.address.starts_with("mqtts:")) {
    return absl::OkStatus();
  }
  if (broker.ca.empty()) {
    mosquitto_int_option(client, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
  }
  const int code =
      mosquitto_tls_set(client, OrNull(broker.ca), broker.ca.empty() ? "/etc/ssl/certs" : nullptr,
                        OrNull(broker.certificate), OrNull(broker.key), /*pw_callback=*/nullptr);
  if (code != MOSQ_ERR_SUCCESS) {
    return InvalidArgument(
        "mqtt: certificates or key cannot be used ({}); check ca, certificate "
        "and key",
        Reason(code));
  }
  mosquitto_tls_opts_set(client, kRequirePeer, /*tls_version=*/nullptr, /*ciphers=*/nullptr);
  return absl::OkStatus();
}

class Connection final : public MqttConnection {
 public:
  Connection(Url url, Events events) : url_(std::move(url)), events_(std::move(events)) {}

  absl::Status Open(const MqttOptions& options) {
    handle_.reset(mosquitto_new(options.client.c_str(), /*clean_session=*/true, this));
    if (handle_ == nullptr) {
      return ResourceExhausted("MQTT: no client can be made");
    }
    mosquitto_connect_callback_set(handle_.get(), OnConnect);
    mosquitto_disconnect_callback_set(handle_.get(), OnDisconnect);
    mosquitto_publish_callback_set(handle_.get(), OnPublished);
    mosquitto_message_callback_set(handle_.get(), OnMessage);
    return SetUp(handle_.get(), options);
  }

  absl::Status Connect() override {
    const bool again = std::exchange(tried_, true);
    return ToStatus(again ? mosquitto_reconnect_async(handle_.get())
                          : mosquitto_connect_async(handle_.get(), url_.host.c_str(), url_.port,
                                                    kKeepAliveSeconds));
  }

  absl::Status Turn(absl::Duration limit) override {
    const int timeout = static_cast<int>(absl::ToInt64Milliseconds(limit));
    return ToStatus(mosquitto_loop(handle_.get(), timeout, /*max_packets=*/1));
  }

  void Disconnect() override { mosquitto_disconnect(handle_.get()); }

  absl::Status Publish(const std::string& topic, std::string_view payload, bool retain) override {
    return ToStatus(mosquitto_publish(handle_.get(), /*mid=*/nullptr, topic.c_str(),
                                      static_cast<int>(payload.size()), payload.data(),
                                      kAtLeastOnce, retain));
  }

  absl::Status Subscribe(const std::string& filter) override {
    return ToStatus(
        mosquitto_subscribe(handle_.get(), /*mid=*/nullptr, filter.c_str(), kAtLeastOnce));
  }

 private:
  static void OnConnect(mosquitto*, void* self, int code) {
    const Events& events = static_cast<Connection*>(self)->events_;
    if (code == 0) {
      events.on_ready();
    } else {
      events.on_broken(mosquitto_connack_string(code));
    }
  }
  static void OnDisconnect(mosquitto*, void* self, int code) {
    static_cast<Connection*>(self)->events_.on_broken(Reason(code));
  }
  static void OnPublished(mosquitto*, void* self, int /*mid*/) {
    static_cast<Connection*>(self)->events_.on_acknowledged();
  }
  static void OnMessage(mosquitto*, void* self, const mosquitto_message* message) {
    const auto* bytes = static_cast<const std::byte*>(message->payload);
    static_cast<Connection*>(self)->events_.on_message(
        {bytes, static_cast<size_t>(message->payloadlen)});
  }

  const Url url_;
  const Events events_;
  bool tried_ = false;
  Handle handle_;
};

}  // namespace

absl::Status CheckMqttAddress(std::string_view address) {
  ASSIGN_OR_RETURN(const Url url, ParseUrl(address, kSchemes));
  return url.target.empty() ? absl::OkStatus()
                            : InvalidArgument("'{}': a broker has no '{}'", address, url.target);
}

absl::Status CheckTopic(std::string_view topic) {
  const bool valid = !topic.empty() && topic.size() <= kMaxTopic &&
                     topic.find('\0') == std::string_view::npos &&
                     mosquitto_pub_topic_check2(topic.data(), topic.size()) == MOSQ_ERR_SUCCESS;
  return valid ? absl::OkStatus()
               : InvalidArgument(
                     "'{}' is not a topic to publish to; write for example "
                     "tideline/edge-1, without '+' and '#'",
                     topic);
}

absl::Status CheckTopicFilter(std::string_view topic) {
  const bool valid = !topic.empty() && topic.size() <= kMaxTopic &&
                     topic.find('\0') == std::string_view::npos &&
                     mosquitto_sub_topic_check2(topic.data(), topic.size()) == MOSQ_ERR_SUCCESS;
  return valid ? absl::OkStatus()
               : InvalidArgument("'{}' is not a topic; write for example cameras/door", topic);
}

absl::StatusOr<std::unique_ptr<MqttConnection>> MqttConnection::Make(const MqttOptions& options,
                                                                     Events events) {
  static const int initialised = mosquitto_lib_init();
  if (initialised != MOSQ_ERR_SUCCESS) {
    return ResourceExhausted("MQTT: libmosquitto cannot start: {}", Reason(initialised));
  }
  ASSIGN_OR_RETURN(Url url, ParseUrl(options.broker.address, kSchemes));
  auto connection = std::make_unique<Connection>(std::move(url), std::move(events));
  RETURN_IF_ERROR(connection->Open(options));
  return connection;
}

}  // namespace tideline
