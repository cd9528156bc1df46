#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/time.h"

// One line per event on stderr, for people (`text`) or for machines (`json`).
namespace tideline {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
constexpr std::array<std::string_view, 4> EnumNames(LogLevel) {
  return {"debug", "info", "warning", "error"};
}

enum class LogFormat { kText, kJson };
constexpr std::array<std::string_view, 2> EnumNames(LogFormat) { return {"text", "json"}; }

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
};

// What is logged from now on, and how. Without it: text, from info on. Thread-safe.
void ConfigureLog(const LogOptions& options);

// A value in a log line: text, a number or a bool. A duration is logged as people write it
// ("80ms"), a status as its code and text.
class LogValue {
 public:
  LogValue(std::string_view text) : value_(std::string(text)) {}
  LogValue(const char* text) : value_(std::string(text)) {}
  LogValue(const std::string& text) : value_(text) {}
  LogValue(absl::Duration duration);
  LogValue(const absl::Status& status);
  template <typename T>
    requires std::is_arithmetic_v<T>
  LogValue(T value) {
    if constexpr (std::is_same_v<T, bool>) {
      value_ = value;
    } else if constexpr (std::is_floating_point_v<T>) {
      value_ = static_cast<double>(value);
    } else {
      value_ = static_cast<int64_t>(value);
    }
  }

  const std::variant<std::string, bool, int64_t, double>& value() const { return value_; }

 private:
  std::variant<std::string, bool, int64_t, double> value_;
};

struct LogField {
  std::string_view name;
  LogValue value;
};

// Writes one line: the time, the level, `event` (snake_case, what happened: "cloud_connected") and
// the fields. Never throws; a line that cannot be written is lost. Thread-safe; a line is never
// mixed with another. Blocks as long as stderr does.
void Log(LogLevel level, std::string_view event,
         std::initializer_list<LogField> fields = {}) noexcept;

}  // namespace tideline
