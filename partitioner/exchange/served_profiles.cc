#include "partitioner/exchange/served_profiles.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "common/base/file.h"
#include "common/tensor/tensor.h"
#include "protocol/codec/codec.h"

namespace tideline {
namespace {

absl::StatusOr<ServedProfile> ReadServed(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxProfileBytes));
  ASSIGN_OR_RETURN(Profile profile, ParseProfile(text, path));
  ASSIGN_OR_RETURN(Tensor tensor,
                   Tensor::Allocate(DType::kUInt8, {static_cast<int64_t>(text.size())}));
  std::memcpy(tensor.mutable_data(), text.data(), text.size());
  Encoder encoder;
  ASSIGN_OR_RETURN(Encoded encoded, EncodeWhole(encoder, tensor, {Quantizer::kFp32, Level::kZstd}));
  return ServedProfile{std::move(profile.model), std::move(encoded.description),
                       std::move(encoded.bytes)};
}

}  // namespace

absl::StatusOr<ServedProfiles> ServedProfiles::ReadFolder(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  if (folder.empty()) {
    return ServedProfiles();
  }
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".json") {
      paths.push_back(entry.path().string());
    }
  }
  if (error) {
    return NotFound("{}: {}; tideline profile --out writes a profile", folder, error.message());
  }
  std::ranges::sort(paths);
  return ReadFiles(paths);
}

absl::StatusOr<ServedProfiles> ServedProfiles::ReadFiles(const std::vector<std::string>& paths) {
  if (paths.size() > kMostFiles) {
    return ResourceExhausted("{} profiles, at most {} are served", paths.size(), kMostFiles);
  }
  ServedProfiles served;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(ServedProfile profile, ReadServed(path));
    const auto same = std::ranges::find_if(served.profiles_, [&](const ServedProfile& other) {
      return other.model.sha256 == profile.model.sha256 &&
             other.model.frontiers == profile.model.frontiers;
    });
    if (same != served.profiles_.end()) {
      return InvalidArgument("{}: is of model {}, as is {}; leave one of them there", path,
                             profile.model.name, paths[same - served.profiles_.begin()]);
    }
    served.profiles_.push_back(std::move(profile));
  }
  return served;
}

const ServedProfile* ServedProfiles::Find(const Sha256Digest& sha256,
                                          const Sha256Digest& frontiers) const {
  const auto found = std::ranges::find_if(
      profiles_, [&, file = ToHex(sha256), table = ToHex(frontiers)](const ServedProfile& one) {
        return one.model.sha256 == file && one.model.frontiers == table;
      });
  return found == profiles_.end() ? nullptr : &*found;
}

std::vector<std::string> ServedProfiles::models() const {
  std::vector<std::string> names;
  names.reserve(profiles_.size());
  for (const ServedProfile& profile : profiles_) {
    names.push_back(profile.model.name);
  }
  return names;
}

absl::StatusOr<std::string> DecodeProfileText(const std::vector<EncodedTensor>& tensors,
                                              const std::vector<Bytes>& encoded) {
  if (tensors.size() != 1 || encoded.size() != 1 || tensors[0].dtype != DType::kUInt8 ||
      tensors[0].shape.size() != 1) {
    return InvalidArgument("the answer holds {} tensors, a profile is one of uint8 [bytes]",
                           tensors.size());
  }
  ASSIGN_OR_RETURN(const Tensor tensor, DecodeWhole(tensors[0], encoded[0].view, kMaxProfileBytes));
  return std::string(reinterpret_cast<const char*>(tensor.data()), tensor.nbytes());
}

}  // namespace tideline
