#include <cstdio>
#include <memory>
#include <string>

#include "partitioner/tool/commands.h"
#include "protocol/security/keys.h"

namespace tideline {
namespace {

struct KeygenOptions {
  std::string directory;
  std::string name;
};

absl::Status Keygen(const KeygenOptions& options) {
  ASSIGN_OR_RETURN(const security::KeyPair pair, security::GenerateKeyPair());
  RETURN_IF_ERROR(security::WriteKeyPair(pair, options.directory, options.name));
  std::printf("%s/%s.key      public: give it to the other side\n", options.directory.c_str(),
              options.name.c_str());
  std::printf("%s/%s.secret   secret: it stays on this machine\n", options.directory.c_str(),
              options.name.c_str());
  return absl::OkStatus();
}

}  // namespace

Command AddKeygen(CLI::App& tool) {
  CLI::App* app =
      tool.add_subcommand("keygen", "Makes the pair of keys that a cloud or an edge is known by");
  auto options = std::make_shared<KeygenOptions>();
  app->add_option("--out", options->directory, "Directory for NAME.key and NAME.secret; it exists")
      ->required();
  app->add_option("--name", options->name, "The name under which the other side knows the key")
      ->required();
  return {app, [options] { return Keygen(*options); }};
}

}  // namespace tideline
