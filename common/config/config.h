#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/config/fields.h"

namespace tideline {

// Where settings come from, the weakest first: the members' initial values, the file, the
// environment, the command line.
struct Settings {
  std::string filename;                            // for error texts and relative paths
  std::string text;                                // the file's content; "" where there is none
  std::map<std::string, std::string> environment;  // TIDELINE_… -> value; other names are ignored
  std::map<std::string, std::string> flags;        // flag name without dashes -> value
};

// Sets what `settings` gives in `config`, whose type is that of the list. Pure. On an error
// `config` is in an unspecified state. Errors: InvalidArgument (ResourceExhausted for a file that
// is too big) that begins with the origin and says what was read and what is right; for an unknown
// key the nearest one.
absl::StatusOr<Origins> ApplySettings(std::span<const Field> fields, const Settings& settings,
                                      void* config);

// A configuration and where its values come from.
template <typename Config>
struct LoadedConfig {
  Config config;
  Origins origins;
};

template <typename Config>
absl::StatusOr<LoadedConfig<Config>> LoadConfig(const FieldList<Config>& list,
                                                const Settings& settings) {
  LoadedConfig<Config> loaded;
  ASSIGN_OR_RETURN(loaded.origins, ApplySettings(list.fields(), settings, &loaded.config));
  RETURN_IF_ERROR(list.CheckWhole(loaded.config, loaded.origins));
  return loaded;
}

// The configuration as a YAML file that gives the same one, each key that was given with its origin
// as a comment.
std::string PrintConfig(std::span<const Field> fields, const Origins& origins, const void* config);

// The reference: a Markdown table of key, type, default, environment variable and meaning.
// `defaults` points to a struct with its initial values.
std::string ReferencePage(std::span<const Field> fields, const void* defaults);

}  // namespace tideline
