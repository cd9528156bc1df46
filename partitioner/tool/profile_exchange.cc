#include "partitioner/tool/profile_exchange.h"

#include <cstdio>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/file.h"
#include "common/program/load.h"
#include "common/telemetry/log.h"
#include "partitioner/exchange/serve_profiles.h"

namespace tideline {
namespace {

ServeOptions OptionsOf(const ServedFile& file) {
  return {.address = file.address,
          .secret = file.secret,
          .allow_list = file.allow,
          .id = "tideline profile --serve"};
}

}  // namespace

Profile::Model ModelOf(const ModelFiles& files, const Program& program,
                       const FrontierTable& frontiers) {
  return {.name = files.name,
          .sha256 = ToHex(program.identity),
          .frontier_rule = kFrontierRule,
          .frontiers = ToHex(frontiers.hash())};
}

absl::StatusOr<Profile> ReadOrFetchProfile(const std::string& from, const ProfileSource& source,
                                           const ModelFiles& files, const Program& program,
                                           const FrontierTable& frontiers) {
  absl::StatusOr<std::string> text;
  if (IsAddress(from)) {
    ConfigureLog({.level = LogLevel::kError});  // the status says it all
    ProfileSource there = source;
    there.address = from;
    text = FetchProfile(there, {.name = files.name,
                                .version = static_cast<uint32_t>(files.version),
                                .sha256 = program.identity,
                                .frontier_hash = frontiers.hash()});
  } else {
    text = ReadFile(from, kMaxProfileBytes);
  }
  RETURN_IF_ERROR(text.status());
  ASSIGN_OR_RETURN(Profile profile, ParseProfile(*text, from));
  RETURN_IF_ERROR(Annotate(CheckSameModel(profile, ModelOf(files, program, frontiers)), from));
  return profile;
}

absl::StatusOr<Profile> FetchIntoFile(const std::string& path, const ProfileSource& source,
                                      const std::string& out) {
  if (!IsAddress(source.address)) {
    return InvalidArgument("--from {}: is no address; write tcp://HOST:PORT", source.address);
  }
  ASSIGN_OR_RETURN(const ModelFiles files, FindModel(path));
  ASSIGN_OR_RETURN(const std::shared_ptr<const Program> program, LoadProgram(files.program));
  ASSIGN_OR_RETURN(Profile profile, ReadOrFetchProfile(source.address, source, files, *program,
                                                       FrontierTable(*program)));
  RETURN_IF_ERROR(WriteFileAtomically(out, FormatProfile(profile)));
  return profile;
}

absl::Status CheckServed(const ServedFile& file) { return CheckServeOptions(OptionsOf(file)); }

absl::Status ServeFile(const ServedFile& file) {
  ASSIGN_OR_RETURN(const ServedProfiles profiles, ServedProfiles::ReadFiles({file.path}));
  return ServeProfiles(OptionsOf(file), profiles, [&](const std::string& address) {
    const nlohmann::ordered_json line = {
        {"serve", "ready"}, {"address", address}, {"model", profiles.models().front()}};
    std::puts(line.dump(/*indent=*/-1, ' ', /*ensure_ascii=*/false,
                        nlohmann::ordered_json::error_handler_t::replace)
                  .c_str());
    std::fflush(stdout);
  });
}

}  // namespace tideline
