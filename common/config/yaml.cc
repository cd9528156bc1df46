#include "common/config/yaml.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <set>
#include <sstream>

#include "absl/status/status.h"
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace tideline {
namespace {

// Leaves the parser from inside an event; caught in ParseYaml.
struct Refused : std::exception {
  Refused(int line, absl::StatusCode code, std::string text)
      : line(line), code(code), text(std::move(text)) {}
  int line;
  absl::StatusCode code;
  std::string text;
};

[[noreturn]] void Refuse(const YAML::Mark& mark, std::string text) {
  throw Refused(mark.line + 1, absl::StatusCode::kInvalidArgument, std::move(text));
}

// Builds the tree from yaml-cpp's events.
class TreeBuilder final : public YAML::EventHandler {
 public:
  YamlNode TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    RefuseExtras(mark, /*tag=*/"", anchor);
    Place(mark, Node(mark, YamlNode::Kind::kNull));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(mark, "YAML aliases are not accepted; write the value out");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseExtras(mark, tag, anchor);
    YamlNode node = Node(mark, YamlNode::Kind::kScalar);
    node.scalar = value;
    Place(mark, std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    RefuseExtras(mark, tag, anchor);
    Open(mark, YamlNode::Kind::kList);
  }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    RefuseExtras(mark, tag, anchor);
    Open(mark, YamlNode::Kind::kMap);
  }

  void OnSequenceEnd() override { CloseInnermost(); }
  void OnMapEnd() override { CloseInnermost(); }

 private:
  // A list or map whose end has not come yet.
  struct Unfinished {
    YamlNode node;
    YAML::Mark mark;
    bool has_key = false;  // the last entry waits for its value
    std::set<std::string> keys;
  };

  static YamlNode Node(const YAML::Mark& mark, YamlNode::Kind kind) {
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    return node;
  }

  static void RefuseExtras(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) {
      Refuse(mark, "YAML anchors are not accepted; write the value out where it is used");
    }
    if (!tag.empty() && tag != "?" && tag != "!") {
      Refuse(mark, "YAML tags are not accepted; remove '" + tag + "'");
    }
  }

  void Open(const YAML::Mark& mark, YamlNode::Kind kind) {
    if (unfinished_.size() == static_cast<size_t>(kMaxYamlDepth)) {
      throw Refused(mark.line + 1, absl::StatusCode::kResourceExhausted,
                    fmt::format("nested more than {} deep", kMaxYamlDepth));
    }
    unfinished_.push_back({.node = Node(mark, kind), .mark = mark});
  }

  void CloseInnermost() {
    Unfinished done = std::move(unfinished_.back());
    unfinished_.pop_back();
    Place(done.mark, std::move(done.node));
  }

  // Puts a finished node where it belongs: the root, the next item, a key, or the value of one.
  void Place(const YAML::Mark& mark, YamlNode node) {
    if (unfinished_.empty()) {
      root_ = std::move(node);
      return;
    }
    Unfinished& parent = unfinished_.back();
    if (parent.node.kind == YamlNode::Kind::kList) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.has_key) {
      parent.node.entries.back().value = std::move(node);
      parent.has_key = false;
    } else {
      AddKey(mark, parent, std::move(node));
    }
  }

  static void AddKey(const YAML::Mark& mark, Unfinished& parent, YamlNode key) {
    if (key.kind != YamlNode::Kind::kScalar) {
      Refuse(mark, "a key must be a plain name");
    }
    if (!parent.keys.insert(key.scalar).second) {
      Refuse(mark, "key '" + key.scalar + "' comes twice");
    }
    parent.node.entries.push_back({.key = std::move(key.scalar), .line = key.line, .value = {}});
    parent.has_key = true;
  }

  YamlNode root_;
  std::vector<Unfinished> unfinished_;
};

}  // namespace

absl::StatusOr<YamlNode> ParseYaml(std::string_view text, std::string_view filename) {
  if (text.size() > kMaxYamlBytes) {
    return ResourceExhausted("{}: has {} bytes, at most {} are read", filename, text.size(),
                             kMaxYamlBytes);
  }
  try {
    // The explicit end makes yaml-cpp see a quote that is never closed.
    std::istringstream stream(std::string(text) + "\n...\n");
    YAML::Parser parser(stream);
    TreeBuilder first;
    if (!parser.HandleNextDocument(first)) {
      return YamlNode{.kind = YamlNode::Kind::kMap};
    }
    TreeBuilder second;
    if (parser.HandleNextDocument(second)) {
      return InvalidArgument("{}:{}: a second document begins; one is read", filename,
                             second.TakeRoot().line);
    }
    YamlNode root = first.TakeRoot();
    if (root.kind == YamlNode::Kind::kNull) {
      root.kind = YamlNode::Kind::kMap;
    }
    return root;
  } catch (const Refused& refused) {
    return Error(refused.code, "{}:{}: {}", filename, refused.line, refused.text);
  } catch (const YAML::Exception& error) {
    return InvalidArgument("{}:{}: {}", filename, error.mark.line + 1, error.msg);
  } catch (const std::exception& error) {
    return Internal("{}: {}", filename, error.what());
  }
}

std::string YamlScalar(std::string_view text) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '/' || c == '%' || c == '+' ||
           c == '-' || c == ':';
  };
  const bool is_null = text.empty() || text == "null" || text == "Null" || text == "NULL";
  const bool starts_plain = !is_null && (std::isalnum(static_cast<unsigned char>(text[0])) != 0 ||
                                         text[0] == '.' || text[0] == '/' || text[0] == '_');
  if (starts_plain && std::all_of(text.begin(), text.end(), plain) && text.back() != ':') {
    return std::string(text);
  }
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < ' ') {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace tideline
