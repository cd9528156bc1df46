#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace tideline {

inline constexpr size_t kMaxYamlBytes = size_t{1} << 20;
inline constexpr int kMaxYamlDepth = 16;

// A YAML document as the tree that was written, with the line (from 1) of every part.
struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };
  struct Entry;

  Kind kind = Kind::kNull;
  int line = 1;
  std::string scalar;           // kScalar: the text, without its quotes
  std::vector<YamlNode> items;  // kList
  std::vector<Entry> entries;   // kMap, in the file's order, keys unique
};

struct YamlNode::Entry {
  std::string key;
  int line = 1;  // of the key
  YamlNode value;
};

// Pure. `filename` is only for the error texts. An empty document is a map without entries. Errors:
// InvalidArgument "FILE:LINE: what" for what is not YAML, a second document, a key that comes twice
// or is not a scalar, aliases, anchors and tags; ResourceExhausted above kMaxYamlBytes or
// kMaxYamlDepth.
absl::StatusOr<YamlNode> ParseYaml(std::string_view text, std::string_view filename);

// `text` as a scalar that ParseYaml reads back as the same text: quoted where it must be.
std::string YamlScalar(std::string_view text);

}  // namespace tideline
