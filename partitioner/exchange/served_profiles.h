#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "partitioner/planner/profile.h"
#include "protocol/codec/codec_spec.h"

namespace tideline {

// A profile as it travels: the one tensor of a result.
struct ServedProfile {
  Profile::Model model;
  EncodedTensor description;
  Bytes encoded;
};

// The profiles of this machine, ready to be sent. Immutable; thread-safe.
class ServedProfiles {
 public:
  static constexpr size_t kMostFiles = 64;

  ServedProfiles() = default;

  // Every FILE.json in `folder`; none where that is "". Blocks. Errors: NotFound without the
  // folder, InvalidArgument for a file that is no profile or two of one model, ResourceExhausted
  // above kMostFiles.
  static absl::StatusOr<ServedProfiles> ReadFolder(const std::string& folder);
  // Likewise, of the files themselves.
  static absl::StatusOr<ServedProfiles> ReadFiles(const std::vector<std::string>& paths);

  // That of exactly this model file and table of cuts; nullptr where there is none.
  const ServedProfile* Find(const Sha256Digest& sha256, const Sha256Digest& frontiers) const;

  std::vector<std::string> models() const;

 private:
  std::vector<ServedProfile> profiles_;
};

// The text of a profile that a peer sent. Errors: InvalidArgument or DataLoss for what is none,
// ResourceExhausted above kMaxProfileBytes.
absl::StatusOr<std::string> DecodeProfileText(const std::vector<EncodedTensor>& tensors,
                                              const std::vector<Bytes>& encoded);

}  // namespace tideline
