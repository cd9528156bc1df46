#pragma once

#include <functional>
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

struct ServedFile {
  std::string path;
  std::string address;
  std::string secret;
  std::string allow;
};
// Errors: those of CheckServeOptions.
absl::Status CheckServed(const ServedFile& file);
// Serves the profile in the file to the keys that are let in, until it is told to end. `ready` is
// called once it listens, with the address and the model's name. Blocks. Errors: those of
// ServeProfiles.
absl::Status ServeFile(
    const ServedFile& file,
    const std::function<void(const std::string& address, const std::string& model)>& ready);

}  // namespace tideline
