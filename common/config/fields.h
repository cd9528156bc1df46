#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/config/value.h"

// One list of fields per configuration struct is all there is to say about it: the file, the flags,
// the environment, --help, --print-config and the reference page are driven by it.
namespace tideline {

// Where each key that was given has its value from: "edge.yaml:12", "TIDELINE_ID" or "--id".
class Origins {
 public:
  void Set(std::string path, std::string origin);
  // As an error text begins: "edge.yaml:12: limits.max_tensor"; the path alone for a default.
  std::string Of(std::string_view path) const;
  // "" where the key was not given.
  std::string_view Find(std::string_view path) const;

 private:
  std::map<std::string, std::string, std::less<>> origins_;
};

// One key, with the type of its member erased: `config` points to the struct of its list.
struct Field {
  std::string path;       // in the file: "limits.max_tensor"
  std::string help;       // one sentence, no full stop
  std::string type;       // for people: "bytes (4MiB)"
  std::string flag;       // without dashes: "limits-max-tensor"
  std::string flag_unit;  // appended to a flag's bare number: "s"
  bool required = false;
  bool is_list = false;     // a list of texts; in a flag separated by commas
  bool may_be_one = false;  // such a list that is one text in a file, or texts with commas between
  bool is_path = false;     // in a file relative to the file's folder
  bool is_switch = false;   // a flag may stand without its value, which is then true
  std::function<absl::Status(void* config, const std::vector<std::string>& texts)> set;
  std::function<std::vector<std::string>(const void* config)> get;
  std::function<absl::Status(const void* config)> check;  // may be empty

  // "TIDELINE_LIMITS_MAX_TENSOR"
  std::string EnvironmentName() const;
};

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

std::string FlagName(std::string_view path);  // "limits.max_tensor" -> "limits-max-tensor"

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
