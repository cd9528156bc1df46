#include <memory>
#include <string>

#include "partitioner/tool/answer.h"
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
  return PrintOut(
      fmt::format("{0}/{1}.key      public: give it to the other side\n"
                  "{0}/{1}.secret   secret: it stays on this machine\n",
                  options.directory, options.name));
}

}  // namespace

Command AddKeygen(CLI::App& tool) {
  CLI::App* app = AddCommand(
      tool, {"keygen", kPrepareGroup, "Make the keys that a cloud or an edge is known by",
             "  tideline keygen --out keys --name cloud      keys/cloud.key, keys/cloud.secret\n"
             "  tideline keygen --out keys --name kitchen    the pair of an edge"});
  auto options = std::make_shared<KeygenOptions>();
  app->add_option("--out", options->directory, "Directory for NAME.key and NAME.secret; it exists")
      ->type_name("FOLDER")
      ->required();
  app->add_option("--name", options->name, "The name under which the other side knows the key")
      ->type_name("NAME")
      ->required();
  return {app, [options] { return Keygen(*options); }};
}

}  // namespace tideline
