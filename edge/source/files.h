#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "edge/source/source.h"

namespace tideline {

inline constexpr std::array<std::string_view, 3> kImageExtensions = {".jpg", ".jpeg", ".png"};
inline constexpr std::array<std::string_view, 1> kArrayExtensions = {".npy"};

struct InputFile {
  std::string name;  // below the folder, or below the part of a glob that has no wildcard
  std::string path;
};

bool HasWildcard(std::string_view path);

// The file, the files directly in the folder, or those that the glob matches, whose extension (in
// any case) is one of `extensions`; sorted by path, at most kMaxSourceFiles.
// Errors: NotFound where there are none, with what was looked for; ResourceExhausted.
absl::StatusOr<std::vector<InputFile>> ListInputs(const std::string& path,
                                                  std::span<const std::string_view> extensions);

// Reads an image file or an array by its extension. Blocks. Errors: as ReadFile and ReadNpy;
// InvalidArgument for another extension.
absl::StatusOr<SourceInput> ReadInput(const std::string& path);

}  // namespace tideline
