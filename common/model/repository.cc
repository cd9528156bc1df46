#include "common/model/repository.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_split.h"

#include "common/base/file.h"
#include "common/base/hash.h"
#include "common/base/strings.h"

namespace tideline {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxNamesShown = 10;
constexpr size_t kMaxLabelBytes = 1024 * 1024;

std::optional<int64_t> ParseVersion(const std::string& name) {
  int64_t version = 0;
  const char* end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data(), end, version);
  if (error != std::errc() || rest != end || version < 1 || std::to_string(version) != name) {
    return std::nullopt;
  }
  return version;
}

// The names of the folders in `directory`, sorted; hidden ones left out, empty if unreadable.
std::vector<std::string> Folders(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::error_code ignored;
    if (!name.starts_with('.') && it->is_directory(ignored)) {
      names.push_back(name);
    }
  }
  std::ranges::sort(names);
  return names;
}

bool IsFolder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool IsFile(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// "; it holds a, b and 3 more"
std::string Listing(const std::vector<std::string>& names) {
  if (names.empty()) {
    return "; it holds no folder";
  }
  const size_t shown = std::min(names.size(), kMaxNamesShown);
  std::string text =
      fmt::format("; it holds {}", fmt::join(names.begin(), names.begin() + shown, ", "));
  if (shown < names.size()) {
    text += fmt::format(" and {} more", names.size() - shown);
  }
  return text;
}

std::string WithoutTrailingSlash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  return path;
}

absl::Status ReadInfo(ModelFiles& files) {
  const std::string path = files.Path(kModelInfoFile);
  if (!IsFile(path)) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxModelYamlBytes));
  ASSIGN_OR_RETURN(files.info, ParseModelInfo(text, path));
  files.name = files.info->name;
  files.version = files.info->version;
  return absl::OkStatus();
}

absl::StatusOr<ModelFiles> FromVersionFolder(const std::string& folder) {
  std::error_code ignored;
  const fs::path absolute = fs::absolute(folder, ignored);
  ModelFiles files;
  files.name = absolute.parent_path().filename().string();
  files.version = ParseVersion(absolute.filename().string()).value_or(0);
  files.directory = folder;
  files.program = files.Path(kProgramFile);
  if (!IsFile(files.program)) {
    return NotFound("{}: there is no {} in it; export the model again", folder, kProgramFile);
  }
  RETURN_IF_ERROR(ReadInfo(files));
  if (files.info && !files.info->files.contains(kProgramFile)) {
    return InvalidArgument("{}: files: {} is not listed, so it can't be verified",
                           files.Path(kModelInfoFile), kProgramFile);
  }
  return files;
}

// A .pt2 file; model.yaml beside it counts where it describes this very file.
absl::StatusOr<ModelFiles> FromProgramFile(const std::string& path) {
  const fs::path file(path);
  const std::string directory = file.has_parent_path() ? file.parent_path().string() : ".";
  if (file.filename() == kProgramFile && IsFile(directory + "/" + kModelInfoFile)) {
    return FromVersionFolder(directory);
  }
  ModelFiles files;
  files.name = file.stem().string();
  files.directory = directory;
  files.program = path;
  return files;
}

absl::StatusOr<ModelFiles> HighestVersion(const std::string& folder) {
  const std::vector<std::string> folders = Folders(folder);
  int64_t highest = 0;
  for (const std::string& name : folders) {
    highest = std::max(highest, ParseVersion(name).value_or(0));
  }
  if (highest == 0) {
    return NotFound("{}: no model here: neither {} nor a version folder such as 1{}", folder,
                    kProgramFile, Listing(folders));
  }
  return FromVersionFolder(folder + "/" + std::to_string(highest));
}

absl::Status VerifyFile(const ModelFiles& files, const std::string& name,
                        const FileInfo& expected) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file,
                   MappedFile::Open(files.Path(name)));
  const std::string listed = files.Path(kModelInfoFile);
  if (file->bytes().size() != static_cast<size_t>(expected.bytes)) {
    return DataLoss("{}: has {} bytes, {} says {}; export or copy the model again",
                    files.Path(name), file->bytes().size(), listed, expected.bytes);
  }
  const std::string actual = ToHex(Sha256(file->bytes()));
  if (actual != expected.sha256) {
    return DataLoss("{}: SHA-256 is {}, {} says {}; export or copy the model again",
                    files.Path(name), actual, listed, expected.sha256);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ModelFiles> FindModel(const std::string& model) {
  const std::string path = WithoutTrailingSlash(model);
  if (IsFile(path)) {
    return FromProgramFile(path);
  }
  if (IsFolder(path)) {
    return IsFile(path + "/" + kProgramFile) ? FromVersionFolder(path) : HighestVersion(path);
  }
  const fs::path missing(path);
  const std::string parent = missing.has_parent_path() ? missing.parent_path().string() : ".";
  if (!IsFolder(parent)) {
    return NotFound("model '{}': there is neither such a file nor a folder '{}'", path, parent);
  }
  const std::vector<std::string> present = Folders(parent);
  return NotFound("model '{}': not found in '{}'{}{}", missing.filename().string(), parent,
                  Listing(present), DidYouMean(missing.filename().string(), present));
}

absl::StatusOr<ModelFiles> FindModelIn(const std::string& repository, const std::string& name,
                                       std::optional<int64_t> version) {
  const std::string root = WithoutTrailingSlash(repository);
  if (!IsFolder(root)) {
    return NotFound("model repository '{}': there is no such folder", root);
  }
  const std::vector<std::string> models = Folders(root);
  if (!std::ranges::binary_search(models, name)) {
    return NotFound("model '{}': not found in repository '{}'{}{}", name, root, Listing(models),
                    DidYouMean(name, models));
  }
  const std::string folder = root + "/" + name;
  if (version && !IsFolder(folder + "/" + std::to_string(*version))) {
    return NotFound("model '{}': there is no version {} in '{}'{}", name, *version, folder,
                    Listing(Folders(folder)));
  }
  ASSIGN_OR_RETURN(ModelFiles files,
                   version ? FromVersionFolder(folder + "/" + std::to_string(*version))
                           : HighestVersion(folder));
  const int64_t folder_version =
      ParseVersion(fs::path(files.directory).filename().string()).value_or(0);
  if (files.name != name || files.version != folder_version) {
    return FailedPrecondition("{}: describes '{}' version {}, the folder is '{}' version {}",
                              files.Path(kModelInfoFile), files.name, files.version, name,
                              folder_version);
  }
  return files;
}

absl::Status VerifyFiles(const ModelFiles& files) {
  if (!files.info) {
    return FailedPrecondition("{}: there is no {} with hashes to verify; use tideline-export",
                              files.program, kModelInfoFile);
  }
  for (const auto& [name, expected] : files.info->files) {
    RETURN_IF_ERROR(VerifyFile(files, name, expected));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ReadLabels(const ModelFiles& files) {
  std::vector<std::string> labels;
  if (!files.info || files.info->labels.empty()) {
    return labels;
  }
  ASSIGN_OR_RETURN(const std::string text,
                   ReadFile(files.Path(files.info->labels), kMaxLabelBytes));
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const bool carriage_return = !line.empty() && line.back() == '\r';
    labels.emplace_back(line.data(), line.size() - (carriage_return ? 1 : 0));
  }
  if (labels.back().empty()) {
    labels.pop_back();  // after the last line's end
  }
  return labels;
}

}  // namespace tideline
