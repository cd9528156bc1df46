#pragma once

#include <string>

#include "partitioner/exchange/fetch_profile.h"
#include "partitioner/inputs/plan_inputs.h"

namespace tideline {

// The model in `path`, to be planned for. Errors: those of FindModel and LoadProgram.
absl::StatusOr<PlannedModel> ReadPlannedModel(const std::string& path);

// `from` is a file, or the address of another machine, which `source` says how to reach. Blocks.
// Errors: those of ReadProfile, FetchProfile and CheckedProfile.
absl::StatusOr<Profile> ReadOrFetchProfile(const std::string& from, const ProfileSource& source,
                                           const PlannedModel& model);

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
