#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "common/base/status.h"
#include "common/program/archive.h"
#include "common/program/json.h"
#include "common/tensor/tensor.h"

namespace tideline {

// The payloads of a .pt2 file by the name the network gives them ("features.0.weight"):
// data/weights and data/constants. Raw storages; a pickled one is never touched. Thread-compatible;
// keeps a reference to the archive and the limits.
class Weights {
 public:
  static absl::StatusOr<Weights> Open(const Pt2Archive& archive, const ProgramLimits& limits);

  // A view of the mapped file, or a copy where the file has it at an address that its element type
  // cannot be read from. `owner` keeps the file's bytes alive.
  // Errors: NotFound, DataLoss where it points outside its storage, InvalidArgument for a pickle.
  absl::StatusOr<Tensor> Read(const std::string& name, std::shared_ptr<const void> owner) const;

  // Where its elements lie: equal for two names of one tensor. "" for an unknown name.
  std::string Location(const std::string& name) const;

 private:
  struct Payload {
    std::string path;
    Json meta;
  };

  Weights(const Pt2Archive& archive, const ProgramLimits& limits)
      : archive_(archive), limits_(limits) {}
  absl::Status AddConfig(const std::string& folder, const std::string& file);

  const Pt2Archive& archive_;
  const ProgramLimits& limits_;
  std::map<std::string, Payload> payloads_;
};

}  // namespace tideline
