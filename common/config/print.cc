#include <algorithm>
#include <cctype>

#include "common/config/config.h"
#include "common/config/yaml.h"

namespace tideline {
namespace {

std::vector<std::string> SplitPath(std::string_view path) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t dot = std::min(path.find('.', begin), path.size());
    parts.emplace_back(path.substr(begin, dot - begin));
    begin = dot + 1;
  }
  return parts;
}

std::string YamlValue(const Field& field, const void* config) {
  const std::vector<std::string> texts = field.get(config);
  std::string line;
  for (const std::string& text : texts) {
    line += (line.empty() ? "" : ", ") + YamlScalar(text);
  }
  return field.is_list ? "[" + line + "]" : line;
}

std::string MarkdownDefault(const Field& field, const void* defaults) {
  const std::string text = YamlValue(field, defaults);
  return field.required ? "required" : "`" + text + "`";
}

// A '|' would end the cell.
std::string MarkdownCell(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, 1, '\\');
  }
  return text;
}

}  // namespace

std::string FlagName(std::string_view path) {
  std::string flag(path);
  std::replace_if(flag.begin(), flag.end(), [](char c) { return c == '.' || c == '_'; }, '-');
  return flag;
}

std::string Field::EnvironmentName() const {
  std::string name = "TIDELINE_";
  for (const char c : path) {
    name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

std::string PrintConfig(std::span<const Field> fields, const Origins& origins, const void* config) {
  std::string text;
  std::vector<std::string> open;  // the sections that the previous line stands in
  for (const Field& field : fields) {
    std::vector<std::string> parts = SplitPath(field.path);
    const std::string key = parts.back();
    parts.pop_back();
    size_t common =
        std::mismatch(open.begin(), open.end(), parts.begin(), parts.end()).first - open.begin();
    for (; common < parts.size(); ++common) {
      text += std::string(2 * common, ' ') + parts[common] + ":\n";
    }
    const std::string_view origin = origins.Find(field.path);
    const std::string indent(2 * parts.size(), ' ');
    if (field.is_secret) {
      text += origin.empty() ? "" : fmt::format("{}# {} is that of {}\n", indent, key, origin);
    } else {
      text += fmt::format("{}{}: {}", indent, key, YamlValue(field, config));
      text += origin.empty() ? "\n" : fmt::format("  # {}\n", origin);
    }
    open = std::move(parts);
  }
  return text;
}

std::string ReferencePage(std::span<const Field> fields, const void* defaults) {
  std::string text = "| key | type | default | environment | meaning |\n|---|---|---|---|---|\n";
  for (const Field& field : fields) {
    text += fmt::format("| `{}` | {} | {} | `{}` | {} |\n", field.path, MarkdownCell(field.type),
                        MarkdownCell(MarkdownDefault(field, defaults)), field.EnvironmentName(),
                        MarkdownCell(field.help));
  }
  return text;
}

}  // namespace tideline
