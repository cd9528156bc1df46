#pragma once

#include <string>

#include "absl/time/time.h"

#include "common/base/status.h"
#include "protocol/messages.h"

namespace tideline {

// Another machine, and how to reach it.
struct ProfileSource {
  std::string address;     // "tcp://cloud.example:5600"
  std::string server_key;  // file with its public key; "": plaintext, loopback alone
  std::string secret;      // file with the secret key that it lets in
  absl::Duration patience = absl::Seconds(10);
};

// Whether `text` is the address of a machine rather than the name of a file.
bool IsAddress(const std::string& text);

// The profile of `model`, as text, from the cloud daemon or the `tideline profile --serve` that
// runs there. Nobody has looked into it. Blocks. Errors: InvalidArgument for an address or keys
// that cannot be, those of the key files; Unavailable or DeadlineExceeded where it is not reached
// in time, with the last reason; NotFound where it has no such profile; FailedPrecondition where it
// refuses or speaks an older version.
absl::StatusOr<std::string> FetchProfile(const ProfileSource& source,
                                         const wire::ModelIdentity& model);

}  // namespace tideline
