#include "partitioner/tool/profile_exchange.h"

#include <memory>
#include <utility>

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

absl::StatusOr<PlannedModel> ReadPlannedModel(const std::string& path) {
  PlannedModel model;
  ASSIGN_OR_RETURN(model.files, FindModel(path));
  ASSIGN_OR_RETURN(model.program, LoadProgram(model.files.program));
  model.frontiers = std::make_shared<const FrontierTable>(*model.program);
  return model;
}

absl::StatusOr<Profile> ReadOrFetchProfile(const std::string& from, const ProfileSource& source,
                                           const PlannedModel& model) {
  if (!IsAddress(from)) {
    return ReadProfile(from, model);
  }
  ConfigureLog({.level = LogLevel::kError});  // the status says it all
  ProfileSource there = source;
  there.address = from;
  ASSIGN_OR_RETURN(const std::string text,
                   FetchProfile(there, {.name = model.files.name,
                                        .version = static_cast<uint32_t>(model.files.version),
                                        .sha256 = model.program->identity,
                                        .frontier_hash = model.frontiers->hash()}));
  return CheckedProfile(text, from, model);
}

absl::StatusOr<Profile> FetchIntoFile(const std::string& path, const ProfileSource& source,
                                      const std::string& out) {
  if (!IsAddress(source.address)) {
    return InvalidArgument("--from {}: is no address; write tcp://HOST:PORT", source.address);
  }
  ASSIGN_OR_RETURN(const PlannedModel model, ReadPlannedModel(path));
  ASSIGN_OR_RETURN(Profile profile, ReadOrFetchProfile(source.address, source, model));
  RETURN_IF_ERROR(WriteFileAtomically(out, FormatProfile(profile)));
  return profile;
}

absl::Status CheckServed(const ServedFile& file) { return CheckServeOptions(OptionsOf(file)); }

absl::Status ServeFile(
    const ServedFile& file,
    const std::function<void(const std::string& address, const std::string& model)>& ready) {
  ASSIGN_OR_RETURN(const ServedProfiles profiles, ServedProfiles::ReadFiles({file.path}));
  return ServeProfiles(OptionsOf(file), profiles, [&](const std::string& address) {
    ready(address, profiles.models().front());
  });
}

}  // namespace tideline
