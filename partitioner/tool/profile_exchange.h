#pragma once

#include <string>

#include "common/model/repository.h"
#include "common/program/frontier.h"
#include "common/program/program.h"
#include "partitioner/exchange/fetch_profile.h"
#include "partitioner/planner/profile.h"

namespace tideline {

// What `program` is called in profiles.
Profile::Model ModelOf(const ModelFiles& files, const Program& program,
                       const FrontierTable& frontiers);

// `from` is a file, or the address of another machine, which `source` says how to reach. Blocks.
// Errors: those of ReadFile, FetchProfile and ParseProfile; FailedPrecondition for a profile of
// another model.
absl::StatusOr<Profile> ReadOrFetchProfile(const std::string& from, const ProfileSource& source,
                                           const ModelFiles& files, const Program& program,
                                           const FrontierTable& frontiers);

// A machine's profile of the model in `path` into the file `out`. Errors: those of
// ReadOrFetchProfile and WriteFileAtomically.
absl::StatusOr<Profile> FetchIntoFile(const std::string& path, const ProfileSource& source,
                                      const std::string& out);

// Serves the profile in the file `path` to the keys that `options` let in until it is told to end,
// and says where. Blocks. Errors: those of ServeProfiles.
struct ServedFile {
  std::string path;
  std::string address;
  std::string secret;
  std::string allow;
};
absl::Status CheckServed(const ServedFile& file);
absl::Status ServeFile(const ServedFile& file);

}  // namespace tideline
