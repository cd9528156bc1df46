#include "edge/mqtt/client.h"

#include <algorithm>
#include <pthread.h>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"

#include "common/base/clock.h"
#include "common/base/hash.h"
#include "common/base/steady_mutex.h"
#include "common/base/strings.h"
#include "common/telemetry/log.h"
#include "edge/mqtt/connection.h"

namespace tideline {
namespace {

constexpr size_t kMaxClientName = 23;  // letters
constexpr absl::Duration kTurn = absl::Milliseconds(100);
constexpr absl::Duration kGoodbye = absl::Seconds(1);  // how long the broker may take for it

class Client final : public MqttClient {
 public:
  explicit Client(MqttOptions options) : options_(std::move(options)) {}
  ~Client() override {
    {
      const SteadyLock lock(&mutex_);
      stopping_ = true;
    }
    if (thread_.joinable()) {
      thread_.join();
    }
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  absl::Status Start(OnMessage on_message) {
    ASSIGN_OR_RETURN(connection_,
                     MqttConnection::Make(
                         options_, {.on_ready = [this] { OnReady(); },
                                    .on_broken = [this](const std::string& why) { OnBroken(why); },
                                    .on_acknowledged = [this] { OnAcknowledged(); },
                                    .on_message = std::move(on_message)}));
    thread_ = std::thread([this] { Loop(); });
    pthread_setname_np(thread_.native_handle(), "mqtt");
    return absl::OkStatus();
  }

  absl::Status Publish(const std::string& topic, std::string_view payload,
                       absl::Duration patience) override {
    {
      const SteadyLock lock(&mutex_);
      const auto has_room = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
        return !connected_ || open_ < options_.window;
      };
      if (!mutex_.AwaitFor(has_room, patience)) {
        return DeadlineExceeded("{}: {} messages are not acknowledged yet", options_.broker.address,
                                options_.window);
      }
      if (!connected_) {
        return Unavailable("{}: the broker is away: {}", options_.broker.address, why_);
      }
      ++open_;
    }
    const absl::Status status = connection_->Publish(topic, payload, /*retain=*/false);
    if (!status.ok()) {
      OnAcknowledged();
    }
    return status;
  }

  absl::Status Flush(absl::Duration limit) override {
    const SteadyLock lock(&mutex_);
    const auto idle = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return open_ == 0; };
    return mutex_.AwaitFor(idle, limit) ? absl::OkStatus()
                                        : Unavailable("{}: {} messages were not acknowledged",
                                                      options_.broker.address, open_);
  }

 private:
  // The client's thread, as everything below.
  void Loop() {
    absl::Duration wait = options_.first_wait;
    absl::Status status = connection_->Connect();
    while (!Stopping()) {
      if (status.ok()) {
        status = connection_->Turn(kTurn);
      }
      if (status.ok()) {
        wait = Connected() ? options_.first_wait : wait;
        continue;
      }
      OnBroken(std::string(ToStd(status.message())));
      WaitToRetry(wait);
      wait = std::min(2 * wait, options_.longest_wait);
      {
        const SteadyLock lock(&mutex_);
        broken_ = false;
      }
      status = connection_->Connect();
    }
    if (Connected()) {
      SayGoodbye();
    }
  }

  void SayGoodbye() {
    if (!options_.status.empty()) {
      SayStatus("offline");
    }
    const MonotonicTime end = clock_.Now() + kGoodbye;
    while (clock_.Now() < end && !Flush(absl::ZeroDuration()).ok() &&
           connection_->Turn(kTurn).ok()) {
    }
    connection_->Disconnect();
    static_cast<void>(connection_->Turn(absl::ZeroDuration()));
  }

  void SayStatus(std::string_view text) {
    {
      const SteadyLock lock(&mutex_);
      ++open_;
    }
    if (!connection_->Publish(options_.status, text, /*retain=*/true).ok()) {
      OnAcknowledged();
    }
  }

  void WaitToRetry(absl::Duration wait) {
    const SteadyLock lock(&mutex_);
    mutex_.AwaitFor([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopping_; }, wait);
  }

  void OnReady() {
    {
      const SteadyLock lock(&mutex_);
      connected_ = true;
      why_ = "";
    }
    Log(LogLevel::kInfo, "mqtt_connected",
        {{"broker", options_.broker.address}, {"client", options_.client}});
    if (!options_.status.empty()) {
      SayStatus("online");
    }
    if (!options_.subscribe.empty()) {
      static_cast<void>(connection_->Subscribe(options_.subscribe));  // fails with the connection
    }
  }

  // The first reason of a try is what counts; it is logged where it is a new one.
  void OnBroken(const std::string& why) {
    {
      const SteadyLock lock(&mutex_);
      connected_ = false;
      if (std::exchange(broken_, true)) {
        return;
      }
      if (stopping_ || std::exchange(why_, why) == why) {
        return;
      }
    }
    Log(LogLevel::kError, "mqtt_away", {{"broker", options_.broker.address}, {"reason", why}});
  }

  void OnAcknowledged() {
    const SteadyLock lock(&mutex_);
    open_ -= open_ > 0 ? 1 : 0;
  }

  bool Stopping() {
    const SteadyLock lock(&mutex_);
    return stopping_;
  }
  bool Connected() {
    const SteadyLock lock(&mutex_);
    return connected_;
  }

  const MqttOptions options_;
  const SystemClock clock_;
  std::unique_ptr<MqttConnection> connection_;

  SteadyMutex mutex_;
  bool connected_ ABSL_GUARDED_BY(mutex_) = false;
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;  // this try to connect, or what came of it
  std::string why_ ABSL_GUARDED_BY(mutex_) = "not connected yet";
  size_t open_ ABSL_GUARDED_BY(mutex_) = 0;  // messages that are not acknowledged
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last
};

}  // namespace

std::string MqttClientName(std::string_view role, std::string_view topic) {
  const std::string digest = ToHex(Sha256(std::as_bytes(std::span(topic))));
  return fmt::format("{}-{}", role, digest).substr(0, kMaxClientName);
}

absl::StatusOr<std::unique_ptr<MqttClient>> MqttClient::Start(MqttOptions options,
                                                              OnMessage on_message) {
  auto client = std::make_unique<Client>(std::move(options));
  RETURN_IF_ERROR(client->Start(std::move(on_message)));
  return client;
}

}  // namespace tideline
