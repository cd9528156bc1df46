#include "common/config/config.h"

#include <algorithm>
#include <set>

#include "common/base/strings.h"
#include "common/config/yaml.h"

namespace tideline {
namespace {

std::string Join(std::string_view prefix, std::string_view key) {
  return prefix.empty() ? std::string(key) : fmt::format("{}.{}", prefix, key);
}

std::string_view KindName(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "one value";
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a section";
  }
  return "";
}

// Applies the layers one after the other to one struct.
class Applier {
 public:
  Applier(std::span<const Field> fields, void* config) : fields_(fields), config_(config) {}

  absl::Status ApplyFile(const Settings& settings) {
    filename_ = settings.filename;
    ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(settings.text, filename_));
    if (root.kind != YamlNode::Kind::kMap) {
      return InvalidArgument("{}:{}: has {}, expected 'key: value' lines", filename_, root.line,
                             KindName(root.kind));
    }
    return ApplySection(root, "");
  }

  absl::Status ApplyEnvironment(const std::map<std::string, std::string>& environment) {
    for (const Field& field : fields_) {
      const std::string name = field.EnvironmentName();
      if (const auto found = environment.find(name); found != environment.end()) {
        RETURN_IF_ERROR(Set(field, Split(field, found->second), name));
      }
    }
    return absl::OkStatus();
  }

  absl::Status ApplyFlags(const std::map<std::string, std::string>& flags) {
    for (const Field& field : fields_) {
      const auto found = flags.find(field.flag);
      if (found == flags.end() || field.is_secret) {
        continue;
      }
      std::string text = found->second;
      if (!text.empty() && text.find_first_not_of("0123456789.") == std::string::npos) {
        text += field.flag_unit;
      }
      RETURN_IF_ERROR(Set(field, Split(field, text), "--" + field.flag));
    }
    return absl::OkStatus();
  }

  absl::Status CheckRequired() const {
    for (const Field& field : fields_) {
      if (field.required && origins_.Find(field.path).empty()) {
        return InvalidArgument("{}: key '{}' is missing ({}); give it there, as --{} or as {}",
                               filename_.empty() ? "configuration" : filename_, field.path,
                               field.help, field.flag, field.EnvironmentName());
      }
    }
    return absl::OkStatus();
  }

  Origins TakeOrigins() { return std::move(origins_); }

 private:
  absl::Status ApplySection(const YamlNode& section, const std::string& prefix) {
    for (const YamlNode::Entry& entry : section.entries) {
      const std::string path = Join(prefix, entry.key);
      const auto field = std::find_if(fields_.begin(), fields_.end(),
                                      [&](const Field& f) { return f.path == path; });
      if (field != fields_.end()) {
        RETURN_IF_ERROR(ApplyEntry(*field, entry));
      } else if (!IsSection(path)) {
        return InvalidArgument("{}:{}: unknown key '{}'{}", filename_, entry.line, path,
                               DidYouMean(entry.key, KeysOf(prefix)));
      } else if (entry.value.kind == YamlNode::Kind::kMap) {
        RETURN_IF_ERROR(ApplySection(entry.value, path));
      } else if (entry.value.kind != YamlNode::Kind::kNull) {
        return InvalidArgument("{}:{}: '{}' is a section with keys, not {}", filename_, entry.line,
                               path, KindName(entry.value.kind));
      }
    }
    return absl::OkStatus();
  }

  absl::Status ApplyEntry(const Field& field, const YamlNode::Entry& entry) {
    const std::string origin = fmt::format("{}:{}", filename_, entry.line);
    if (field.is_secret) {
      return InvalidArgument("{}: {}: is a secret, which only the environment gives, as {}", origin,
                             field.path, field.EnvironmentName());
    }
    const auto refuse = [&](const YamlNode& node) {
      return InvalidArgument("{}: {}: expected {}, found {}", origin, field.path, field.type,
                             KindName(node.kind));
    };
    if (!field.is_list) {
      return entry.value.kind == YamlNode::Kind::kScalar
                 ? Set(field, {FromFile(field, entry.value.scalar)}, origin)
                 : refuse(entry.value);
    }
    std::vector<std::string> texts;
    if (field.may_be_one && entry.value.kind == YamlNode::Kind::kScalar) {
      for (const std::string& text : Split(field, entry.value.scalar)) {
        texts.push_back(FromFile(field, text));
      }
      return Set(field, texts, origin);
    }
    if (entry.value.kind != YamlNode::Kind::kList) {
      return refuse(entry.value);
    }
    for (const YamlNode& item : entry.value.items) {
      if (item.kind != YamlNode::Kind::kScalar) {
        return refuse(item);
      }
      texts.push_back(FromFile(field, item.scalar));
    }
    return Set(field, texts, origin);
  }

  // A relative path in a file starts at the file's folder.
  std::string FromFile(const Field& field, const std::string& text) const {
    const size_t slash = filename_.rfind('/');
    const bool relative = field.is_path && !text.empty() && text[0] != '/' && text != "-" &&
                          text != "none" && slash != std::string::npos;
    return relative ? filename_.substr(0, slash + 1) + text : text;
  }

  static std::vector<std::string> Split(const Field& field, const std::string& text) {
    std::vector<std::string> texts;
    size_t begin = 0;
    for (size_t comma = 0; field.is_list && comma != std::string::npos; begin = comma + 1) {
      comma = text.find(',', begin);
      if (comma != begin && begin < text.size()) {
        texts.push_back(text.substr(begin, comma - begin));
      }
    }
    return field.is_list ? texts : std::vector<std::string>{text};
  }

  absl::Status Set(const Field& field, const std::vector<std::string>& texts, std::string origin) {
    absl::Status status = field.set(config_, texts);
    if (status.ok() && field.check) {
      status = field.check(config_);
    }
    origins_.Set(field.path, std::move(origin));
    return Annotate(status, origins_.Of(field.path));
  }

  bool IsSection(const std::string& path) const {
    return std::any_of(fields_.begin(), fields_.end(),
                       [&](const Field& f) { return f.path.starts_with(path + "."); });
  }

  // The keys that may stand in the section `prefix`.
  std::vector<std::string> KeysOf(const std::string& prefix) const {
    std::set<std::string> keys;
    const size_t start = prefix.empty() ? 0 : prefix.size() + 1;
    for (const Field& field : fields_) {
      if (prefix.empty() || field.path.starts_with(prefix + ".")) {
        keys.insert(field.path.substr(start, field.path.find('.', start) - start));
      }
    }
    return {keys.begin(), keys.end()};
  }

  std::span<const Field> fields_;
  void* config_;
  std::string filename_;
  Origins origins_;
};

}  // namespace

void Origins::Set(std::string path, std::string origin) {
  origins_.insert_or_assign(std::move(path), std::move(origin));
}

std::string Origins::Of(std::string_view path) const {
  const std::string_view origin = Find(path);
  return origin.empty() ? std::string(path) : fmt::format("{}: {}", origin, path);
}

std::string_view Origins::Find(std::string_view path) const {
  const auto found = origins_.find(path);
  return found == origins_.end() ? std::string_view() : std::string_view(found->second);
}

absl::StatusOr<Origins> ApplySettings(std::span<const Field> fields, const Settings& settings,
                                      void* config) {
  Applier applier(fields, config);
  RETURN_IF_ERROR(applier.ApplyFile(settings));
  RETURN_IF_ERROR(applier.ApplyEnvironment(settings.environment));
  RETURN_IF_ERROR(applier.ApplyFlags(settings.flags));
  RETURN_IF_ERROR(applier.CheckRequired());
  return applier.TakeOrigins();
}

}  // namespace tideline
