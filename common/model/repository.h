#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/model/model_info.h"

// A repository holds models as <repository>/<name>/<version>/ with model.pt2, model.yaml and what
// model.yaml lists. Versions are positive numbers; the highest one is served.
namespace tideline {

inline constexpr char kProgramFile[] = "model.pt2";
inline constexpr char kModelInfoFile[] = "model.yaml";

struct ModelFiles {
  std::string name;
  int64_t version = 0;    // 0 for a .pt2 file without a model.yaml
  std::string directory;  // where the files are
  std::string program;    // path of the .pt2 file
  std::optional<ModelInfo> info;

  // The path of a file of this model: Path("labels.txt").
  std::string Path(const std::string& file) const { return directory + "/" + file; }
};

// MODEL as a person gives it: a .pt2 file, a version folder, or a model folder (its highest
// version). Reads model.yaml where there is one; does not verify hashes.
// Errors: NotFound with what is there and the nearest name; InvalidArgument from model.yaml.
absl::StatusOr<ModelFiles> FindModel(const std::string& path);

// The model `name` of a repository, in `version` or else its highest one.
// Errors: as FindModel; FailedPrecondition where model.yaml is of another name or version.
absl::StatusOr<ModelFiles> FindModelIn(const std::string& repository, const std::string& name,
                                       std::optional<int64_t> version = std::nullopt);

// Compares the size and the SHA-256 of every file that model.yaml lists. Reads all of them: blocks.
// Errors: DataLoss with the file and both hashes; FailedPrecondition without a model.yaml.
absl::Status VerifyFiles(const ModelFiles& files);

// The labels, one per line of the file; empty where the model has none.
// Errors: InvalidArgument for a file that is too large.
absl::StatusOr<std::vector<std::string>> ReadLabels(const ModelFiles& files);

}  // namespace tideline
