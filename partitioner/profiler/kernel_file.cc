#include "partitioner/profiler/kernel_file.h"

#include <fstream>

#include "absl/strings/ascii.h"

namespace tideline {

std::string ReadKernelFile(const std::string& path) {
  constexpr size_t kMost = size_t{1} << 20;
  std::string text(kMost, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  absl::StripAsciiWhitespace(&text);
  return text;
}

}  // namespace tideline
