#pragma once

#include <functional>
#include <string>

#include "common/base/status.h"
#include "partitioner/exchange/served_profiles.h"

namespace tideline {

struct ServeOptions {
  std::string address;     // "tcp://0.0.0.0:5600"; port 0 takes a free one
  std::string secret;      // file with this machine's secret key; "": plaintext, loopback alone
  std::string allow_list;  // folder with the public keys that are let in
  std::string id;          // this machine's name
};

// Errors: InvalidArgument where it cannot be, before anything else is done.
absl::Status CheckServeOptions(const ServeOptions& options);

// Serves `profiles` until SIGTERM or SIGINT; `ready` is called once it listens, with the real
// address. Blocks. Errors: those of CheckServeOptions, MakeZmqServer and the key file.
absl::Status ServeProfiles(const ServeOptions& options, const ServedProfiles& profiles,
                           const std::function<void(const std::string& address)>& ready);

}  // namespace tideline
