#include "tests/lab/control.h"

#include <utility>

#include "nlohmann/json.hpp"

namespace tideline::lab {
namespace {

using Json = nlohmann::json;

Json LaneStats(const Lane& lane) {
  const PipeStats& stats = lane.stats();
  const Lateness& late = lane.lateness();
  const double arrivals = late.arrivals > 0 ? static_cast<double>(late.arrivals) : 1;
  return {{"packets_in", stats.packets_in},
          {"bytes_in", stats.bytes_in},
          {"packets_out", stats.packets_out},
          {"bytes_out", stats.bytes_out},
          {"queue_full", stats.queue_full},
          {"lost", stats.lost},
          {"late_mean_us", absl::ToDoubleMicroseconds(late.total) / arrivals},
          {"late_max_us", absl::ToDoubleMicroseconds(late.worst)},
          {"late_over_1ms", late.over_1ms}};
}

Json Now() { return {{"at", absl::ToDoubleSeconds(SystemClock().Now())}}; }

}  // namespace

std::string Control::Stats() const {
  Json answer = Now();
  answer["dropped"] = relay_.dropped();
  answer["up"] = LaneStats(relay_.lane(/*up=*/true));
  answer["down"] = LaneStats(relay_.lane(/*up=*/false));
  return answer.dump();
}

std::string Control::Answer(std::string_view command) {
  const Json parsed = Json::parse(command, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (parsed.is_object() && parsed.contains("stats")) {
    return Stats();
  }
  const absl::Status status = Change(command);
  return status.ok() ? Now().dump() : Json{{"error", std::string(status.message())}}.dump();
}

absl::Status Control::Change(std::string_view command) {
  const Json parsed = Json::parse(command, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    return InvalidArgument("a command is a JSON object with up, down or stats");
  }
  PipeSettings settings[2] = {asked_[0], asked_[1]};
  for (const auto& [key, changes] : parsed.items()) {
    if (key != "up" && key != "down") {
      return InvalidArgument("{}: a command has up, down or stats", key);
    }
    auto changed = Changed(settings[key == "up"], changes.dump());
    RETURN_IF_ERROR(Annotate(changed.status(), key));
    RETURN_IF_ERROR(relay_.Check(*changed));
    settings[key == "up"] = *std::move(changed);
  }
  for (const bool up : {true, false}) {
    if (parsed.contains(up ? "up" : "down")) {
      asked_[up] = settings[up];
      relay_.Change(up, std::move(settings[up]));
    }
  }
  return absl::OkStatus();
}

}  // namespace tideline::lab
