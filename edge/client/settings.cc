#include "edge/client/settings.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "common/base/strings.h"

namespace tideline {
namespace {

absl::StatusOr<std::string> FlagOf(const std::string& path) {
  const std::span<const Field> fields = EdgeFields().fields();
  const auto field = std::ranges::find(fields, path, &Field::path);
  if (field != fields.end()) {
    return field->flag;
  }
  std::vector<std::string> paths;
  std::ranges::transform(fields, std::back_inserter(paths), &Field::path);
  return InvalidArgument("unknown setting '{}'{}", path, DidYouMean(path, paths));
}

}  // namespace

absl::StatusOr<EdgeConfig> LoadClientConfig(const client::Options& options) {
  CommandLine line;
  line.config_file = options.config_file;
  for (const auto& [path, value] : options.settings) {
    ASSIGN_OR_RETURN(const std::string flag, FlagOf(path));
    line.flags[flag] = value;
  }
  // Neither reads nor serves: the file may be a daemon's.
  line.flags["source-kind"] = "none";
  line.flags["source-journal"] = "";
  line.flags["loop"] = "false";
  line.flags["rate"] = "none";
  line.flags["http-enabled"] = "true";
  line.flags["http-address"] = "127.0.0.1";
  ASSIGN_OR_RETURN(const Settings settings, ReadSettings(line));
  ASSIGN_OR_RETURN(LoadedConfig<EdgeConfig> loaded, LoadConfig(EdgeFields(), settings));
  return std::move(loaded.config);
}

}  // namespace tideline
