#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/config/field.h"
#include "common/config/value.h"

// One list of fields per configuration struct is all there is to say about it: the file, the flags,
// the environment, --help, --print-config and the reference page are driven by it.
namespace tideline {

// What can be said about a field after its type is known.
template <typename T>
class FieldOptions {
 public:
  FieldOptions(Field& field, std::function<const T&(const void*)> value)
      : field_(field), value_(std::move(value)) {}

  // It must be given somewhere.
  FieldOptions& Required() {
    field_.required = true;
    return *this;
  }
  // The name of a file or folder. In a file it is relative to that file's folder; "-" and "" stay.
  FieldOptions& Path() {
    field_.is_path = true;
    return *this;
  }
  // A password or token itself: the environment alone gives it, since a file of settings is read by
  // others and a command line is seen by all. No text that the program prints has it, so a Check
  // must not name the value either.
  FieldOptions& Secret() {
    field_.is_secret = true;
    return *this;
  }
  // Of a list: in a file it may be a text, which then stands for itself, or for several that have
  // commas between them.
  FieldOptions& OrOne() {
    field_.may_be_one = true;
    return *this;
  }
  // A flag's name other than the path's; `unit` is appended to a bare number.
  FieldOptions& Flag(std::string name, std::string unit = "") {
    field_.flag = std::move(name);
    field_.flag_unit = std::move(unit);
    return *this;
  }
  // Refuses a value that is given; the error says what is accepted.
  FieldOptions& Check(std::function<absl::Status(const T&)> check) {
    field_.check = [value = value_, check = std::move(check)](const void* config) {
      return check(value(config));
    };
    return *this;
  }
  FieldOptions& Between(T min, T max) {
    return Check([min, max](const T& value) {
      return min <= value && value <= max
                 ? absl::OkStatus()
                 : InvalidArgument("{} is outside {} to {}", FormatValue(value), FormatValue(min),
                                   FormatValue(max));
    });
  }

 private:
  Field& field_;
  std::function<const T&(const void*)> value_;
};

// The fields of `Config`, in the order in which they are printed; keys of one section stand
// together. A default is the member's initial value. Thread-compatible.
template <typename Config>
class FieldList {
 public:
  // `members` lead from Config to the value: &Config::limits, &Limits::max_tensor. The result is
  // valid until the next Add.
  template <typename... Members>
  auto Add(std::string path, std::string help, Members... members) {
    const auto access = [members...](auto& config) -> auto& { return (config.*....*members); };
    using T = std::remove_cvref_t<decltype(access(std::declval<Config&>()))>;
    Field& field = fields_.emplace_back();
    field.flag = FlagName(path);
    field.path = std::move(path);
    field.help = std::move(help);
    if constexpr (std::is_same_v<T, std::vector<std::string>>) {
      field.is_list = true;
      field.type = "list of texts";
      field.set = [access](void* config, const std::vector<std::string>& texts) {
        access(*static_cast<Config*>(config)) = texts;
        return absl::OkStatus();
      };
      field.get = [access](const void* config) {
        return access(*static_cast<const Config*>(config));
      };
    } else {
      field.type = TypeName(T{});
      field.is_switch = std::is_same_v<T, bool>;
      field.set = [access](void* config, const std::vector<std::string>& texts) {
        return ParseValue(texts.at(0), access(*static_cast<Config*>(config)));
      };
      field.get = [access](const void* config) {
        return std::vector<std::string>{FormatValue(access(*static_cast<const Config*>(config)))};
      };
    }
    return FieldOptions<T>(field, [access](const void* config) -> const T& {
      return access(*static_cast<const Config*>(config));
    });
  }

  // What no single field can check. An error text begins with origins.Of(path).
  void Check(std::function<absl::Status(const Config&, const Origins& origins)> check) {
    check_ = std::move(check);
  }

  const std::vector<Field>& fields() const { return fields_; }
  absl::Status CheckWhole(const Config& config, const Origins& origins) const {
    return check_ ? check_(config, origins) : absl::OkStatus();
  }

 private:
  std::vector<Field> fields_;
  std::function<absl::Status(const Config&, const Origins&)> check_;
};

}  // namespace tideline
