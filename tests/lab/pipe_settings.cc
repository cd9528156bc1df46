#include "tests/lab/pipe_settings.h"

#include <algorithm>
#include <string>

#include "nlohmann/json.hpp"

namespace tideline::lab {
namespace {

using Json = nlohmann::json;

constexpr int64_t kLeastQueue = 10 * 1500;            // bytes
constexpr int64_t kMostQueue = int64_t{1} << 30;      // bytes
constexpr absl::Duration kMaxDelay = absl::Hours(1);  // of packets that are held

template <typename T>
absl::Status Assign(T& to, absl::StatusOr<T> value) {
  RETURN_IF_ERROR(value.status());
  to = *std::move(value);
  return absl::OkStatus();
}

absl::Status SetRate(PipeSettings& settings, const Json& value) {
  settings.rate.reset();
  if (value.is_null()) {
    return absl::OkStatus();
  }
  settings.trace.reset();
  return Assign(settings.rate.emplace(), ParseBitRate(value.get<std::string>()));
}

absl::Status SetTrace(PipeSettings& settings, const Json& value) {
  settings.trace.reset();
  if (value.is_null()) {
    return absl::OkStatus();
  }
  settings.rate.reset();
  return Assign(settings.trace, Trace::Read(value.get<std::string>()));
}

absl::Status SetQueue(PipeSettings& settings, const std::string& text) {
  settings.queue_bytes.reset();
  if (const auto time = ParseDuration(text); time.ok()) {
    settings.queue_time = *time;
    return absl::OkStatus();
  }
  return Assign(settings.queue_bytes.emplace(), ParseByteCount(text));
}

absl::Status Set(PipeSettings& settings, const std::string& key, const Json& value) {
  const bool nullable = key == "rate" || key == "trace";
  if (key == "blocked" ? !value.is_boolean()
                       : !value.is_string() && !(nullable && value.is_null())) {
    return InvalidArgument("{} is not of the right type", value.dump());
  }
  if (key == "rate") {
    return SetRate(settings, value);
  } else if (key == "trace") {
    return SetTrace(settings, value);
  } else if (key == "queue") {
    return SetQueue(settings, value.get<std::string>());
  } else if (key == "delay") {
    return Assign(settings.delay, ParseDuration(value.get<std::string>()));
  } else if (key == "jitter") {
    return Assign(settings.jitter, ParseDuration(value.get<std::string>()));
  } else if (key == "loss") {
    return Assign(settings.loss, ParseFraction(value.get<std::string>()));
  } else if (key == "reorder") {
    return Assign(settings.reorder, ParseFraction(value.get<std::string>()));
  } else if (key == "blocked") {
    settings.blocked = value.get<bool>();
    return absl::OkStatus();
  }
  return InvalidArgument("a link has no such setting");
}

}  // namespace

int64_t PipeSettings::QueueLimit() const {
  if (queue_bytes) {
    return queue_bytes->count;
  }
  const double rate_now =
      trace ? trace->mean_rate().bits_per_second : rate.value_or(BitRate{}).bits_per_second;
  const double bytes = rate_now / 8 * absl::ToDoubleSeconds(queue_time);
  return static_cast<int64_t>(std::clamp<double>(bytes, kLeastQueue, kMostQueue));
}

absl::StatusOr<PipeSettings> Changed(const PipeSettings& settings, std::string_view json) {
  const Json changes = Json::parse(json, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (!changes.is_object()) {
    return InvalidArgument("the settings of a link are a JSON object");
  }
  PipeSettings changed = settings;
  for (const auto& [key, value] : changes.items()) {
    RETURN_IF_ERROR(Annotate(Set(changed, key, value), key));
  }
  if (changed.jitter > changed.delay || changed.delay > kMaxDelay) {
    return InvalidArgument(
        "jitter {} and delay {}: the jitter is at most the delay, that at most {}",
        Format(changed.jitter), Format(changed.delay), Format(kMaxDelay));
  }
  return changed;
}

}  // namespace tideline::lab
