#include "edge/source/files.h"

#include <algorithm>
#include <filesystem>
#include <glob.h>

#include "common/base/file.h"
#include "common/tensor/npy.h"

namespace tideline {
namespace {

constexpr std::string_view kWildcards = "*?[";

bool HasExtension(std::string_view path, std::span<const std::string_view> extensions) {
  std::string extension = std::filesystem::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

std::vector<std::string> Glob(const std::string& pattern) {
  glob_t matches{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), GLOB_NOSORT, /*errfunc=*/nullptr, &matches) == 0) {
    paths.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  }
  ::globfree(&matches);
  return paths;
}

// Everything directly in the folder; an error where it cannot be listed.
absl::StatusOr<std::vector<std::string>> FolderContent(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    paths.push_back(entry->path().string());
  }
  if (error) {
    return PermissionDenied("{}: cannot be listed: {}", folder, error.message());
  }
  return paths;
}

std::string Join(std::span<const std::string_view> extensions) {
  std::string text;
  for (const std::string_view extension : extensions) {
    text += (text.empty() ? "" : ", ") + std::string(extension);
  }
  return text;
}

// Where the names of the inputs begin: after the last '/' that stands before any wildcard.
size_t NameStart(const std::string& path, bool is_folder) {
  if (is_folder) {
    return path.size() + (path.ends_with('/') ? 0 : 1);
  }
  const size_t slash = path.rfind('/', path.find_first_of(kWildcards));
  return slash == std::string::npos ? 0 : slash + 1;
}

}  // namespace

bool HasWildcard(std::string_view path) {
  return path.find_first_of(kWildcards) != std::string_view::npos;
}

absl::StatusOr<std::vector<InputFile>> ListInputs(const std::string& path,
                                                  std::span<const std::string_view> extensions) {
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(path, error);
  std::vector<std::string> paths;
  if (is_folder) {
    ASSIGN_OR_RETURN(paths, FolderContent(path));
  } else if (std::filesystem::exists(path, error)) {
    paths = {path};
  } else {
    paths = Glob(path);
  }
  std::erase_if(paths, [&](const std::string& p) {
    return !HasExtension(p, extensions) || std::filesystem::is_directory(p, error);
  });
  if (paths.empty()) {
    return NotFound("{}: no file that ends in {} is there", path, Join(extensions));
  }
  if (paths.size() > kMaxSourceFiles) {
    return ResourceExhausted("{}: {} files match, at most {} are taken; choose a narrower pattern",
                             path, paths.size(), kMaxSourceFiles);
  }
  std::sort(paths.begin(), paths.end());
  const size_t start = NameStart(path, is_folder);
  std::vector<InputFile> files;
  files.reserve(paths.size());
  for (std::string& p : paths) {
    files.push_back({.name = p.substr(std::min(start, p.size())), .path = std::move(p)});
  }
  return files;
}

absl::StatusOr<SourceInput> ReadInput(const std::string& path) {
  if (HasExtension(path, kImageExtensions)) {
    ASSIGN_OR_RETURN(std::string content, ReadFile(path, kMaxImageFile));
    return ImageFile{Bytes::Own(std::move(content))};
  }
  if (HasExtension(path, kArrayExtensions)) {
    ASSIGN_OR_RETURN(Tensor tensor, ReadNpy(path));
    return SourceInput(std::move(tensor));
  }
  return InvalidArgument("{}: is no input; a name ends in {} or {}", path, Join(kImageExtensions),
                         Join(kArrayExtensions));
}

}  // namespace tideline
