#include "edge/source/mqtt_source.h"

#include <string>
#include <string_view>
#include <utility>

#include "common/base/clock.h"
#include "common/tensor/npy.h"
#include "edge/source/live_source.h"

namespace tideline {
namespace {

constexpr std::string_view kJpeg = "\xff\xd8\xff";
constexpr std::string_view kPng = "\x89PNG";
constexpr std::string_view kNpy = "\x93NUMPY";

class MqttSource final : public LiveSource {
 public:
  using LiveSource::LiveSource;

  absl::Status Start(MqttOptions options) {
    ASSIGN_OR_RETURN(client_, MqttClient::Start(std::move(options),
                                                [this](auto payload) { OnMessage(payload); }));
    return absl::OkStatus();
  }

 private:
  // The client's thread.
  void OnMessage(std::span<const std::byte> payload) {
    if (payload.size() > kMaxImageFile) {
      const size_t size = payload.size();
      Put({clock_.WallNow(), [size]() -> absl::StatusOr<SourceInput> {
             return ResourceExhausted("a message has {} bytes, at most {} are taken", size,
                                      kMaxImageFile);
           }});
      return;
    }
    const auto* text = reinterpret_cast<const char*>(payload.data());
    const Bytes bytes = Bytes::Own(std::string(text, payload.size()));
    Put({clock_.WallNow(), [bytes] { return ParsePayload(bytes); }});
  }

  const SystemClock clock_;
  std::unique_ptr<MqttClient> client_;  // last: nothing calls OnMessage after it is gone
};

}  // namespace

absl::StatusOr<SourceInput> ParsePayload(Bytes payload) {
  const std::string_view text(reinterpret_cast<const char*>(payload.view.data()), payload.size());
  if (text.starts_with(kJpeg) || text.starts_with(kPng)) {
    return SourceInput(ImageFile{std::move(payload)});
  }
  if (text.starts_with(kNpy)) {
    ASSIGN_OR_RETURN(Tensor tensor, ParseNpy(payload.view, payload.owner));
    return SourceInput(std::move(tensor));
  }
  return InvalidArgument("a message of {} bytes is no input; it is a JPEG, a PNG or a .npy array",
                         payload.size());
}

absl::StatusOr<std::unique_ptr<Source>> OpenMqttSource(const SourceOptions& options,
                                                       const MqttBroker& broker) {
  auto source = std::make_unique<MqttSource>(options.name);
  MqttOptions mqtt{.broker = broker, .client = MqttClientName("source", options.topic)};
  mqtt.subscribe = options.topic;
  RETURN_IF_ERROR(source->Start(std::move(mqtt)));
  return source;
}

}  // namespace tideline
