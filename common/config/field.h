#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

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
  bool is_secret = false;   // only the environment may give it, and it is printed nowhere
  std::function<absl::Status(void* config, const std::vector<std::string>& texts)> set;
  std::function<std::vector<std::string>(const void* config)> get;
  std::function<absl::Status(const void* config)> check;  // may be empty

  // "TIDELINE_LIMITS_MAX_TENSOR"
  std::string EnvironmentName() const;
};

std::string FlagName(std::string_view path);  // "limits.max_tensor" -> "limits-max-tensor"

}  // namespace tideline
