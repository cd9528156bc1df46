#include "common/telemetry/log.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <span>

#include "absl/time/clock.h"
#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "common/base/strings.h"
#include "common/base/units.h"
#include "common/telemetry/figures.h"

namespace tideline {
namespace {

using Json = nlohmann::ordered_json;

std::atomic<LogLevel> minimum_level{LogLevel::kInfo};
std::atomic<LogFormat> line_format{LogFormat::kText};

spdlog::logger& Logger() {
  static spdlog::logger* const logger = [] {
    auto* created =
        new spdlog::logger("tideline", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    created->set_pattern("%v");
    created->set_level(spdlog::level::trace);
    created->flush_on(spdlog::level::trace);
    return created;
  }();
  return *logger;
}

std::string_view LevelName(LogLevel level) {
  return EnumNames(LogLevel{}).at(static_cast<size_t>(level));
}

Json ToJson(const LogValue& value) {
  return std::visit([](const auto& held) { return Json(held); }, value.value());
}

std::string Dump(const Json& json) {
  return json.dump(/*indent=*/-1, /*indent_char=*/' ', /*ensure_ascii=*/false,
                   Json::error_handler_t::replace);
}

bool NeedsQuotes(std::string_view text) {
  return text.empty() || std::any_of(text.begin(), text.end(), [](unsigned char c) {
           return c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7f;
         });
}

std::string TextLine(LogLevel level, std::string_view event, std::span<const LogField> fields) {
  std::string line = fmt::format("{} {:<7} {}", Timestamp(absl::Now()), LevelName(level), event);
  for (const LogField& field : fields) {
    const auto* text = std::get_if<std::string>(&field.value.value());
    const bool bare = text != nullptr && !NeedsQuotes(*text);
    line += fmt::format(" {}={}", field.name, bare ? *text : Dump(ToJson(field.value)));
  }
  return line;
}

std::string JsonLine(LogLevel level, std::string_view event, std::span<const LogField> fields) {
  Json line = {{"ts", Timestamp(absl::Now())}, {"level", LevelName(level)}, {"event", event}};
  Json values = Json::object();
  for (const LogField& field : fields) {
    values[std::string(field.name)] = ToJson(field.value);
  }
  line["fields"] = std::move(values);
  return Dump(line);
}

}  // namespace

LogValue::LogValue(absl::Duration duration) : value_(Format(duration)) {}

LogValue::LogValue(const absl::Status& status) : value_(std::string(ToStd(status.message()))) {
  value_ = absl::StatusCodeToString(status.code()) + ": " + std::get<std::string>(value_);
}

void ConfigureLog(const LogOptions& options) {
  minimum_level = options.level;
  line_format = options.format;
}

void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) noexcept {
  if (level < minimum_level) {
    return;
  }
  try {
    const std::span<const LogField> all(fields.begin(), fields.size());
    const std::string line =
        line_format == LogFormat::kJson ? JsonLine(level, event, all) : TextLine(level, event, all);
    Logger().log(spdlog::level::info, spdlog::string_view_t(line));
  } catch (...) {  // there is nowhere to report it to
  }
}

}  // namespace tideline
