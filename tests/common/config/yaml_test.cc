#include "common/config/yaml.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string ErrorOf(std::string_view text) {
  return std::string(ParseYaml(text, "f.yaml").status().message());
}

TEST(YamlTest, EveryPartKnowsItsLine) {
  const auto root = ParseYaml("# note\na: 1\nb:\n  c: [x, 'y z']\n  d: {e: \"q\"}\n", "f.yaml");
  ASSERT_TRUE(root.ok()) << root.status();
  ASSERT_EQ(root->entries.size(), 2U);
  EXPECT_EQ(root->entries[0].line, 2);
  EXPECT_EQ(root->entries[0].value.scalar, "1");
  const YamlNode& b = root->entries[1].value;
  ASSERT_EQ(b.kind, YamlNode::Kind::kMap);
  EXPECT_EQ(b.entries[0].line, 4);
  ASSERT_EQ(b.entries[0].value.items.size(), 2U);
  EXPECT_EQ(b.entries[0].value.items[1].scalar, "y z");
  EXPECT_EQ(b.entries[1].value.entries[0].value.scalar, "q");
  EXPECT_EQ(b.entries[1].value.entries[0].line, 5);
}

TEST(YamlTest, AnEmptyFileIsAnEmptyMap) {
  for (const char* text : {"", "# nothing\n", "---\n", "\n\n", "---\n...\n", "# end"}) {
    const auto root = ParseYaml(text, "f.yaml");
    ASSERT_TRUE(root.ok()) << root.status();
    EXPECT_EQ(root->kind, YamlNode::Kind::kMap);
    EXPECT_TRUE(root->entries.empty());
  }
}

TEST(YamlTest, AKeyThatComesTwiceIsAnErrorAtItsSecondLine) {
  EXPECT_EQ(ErrorOf("a: 1\nb: 2\na: 3\n"), "f.yaml:3: key 'a' comes twice");
  EXPECT_EQ(ErrorOf("s:\n  x: 1\n  x: 1\n"), "f.yaml:3: key 'x' comes twice");
}

TEST(YamlTest, TheSameKeyInTwoSectionsIsNoError) {
  EXPECT_TRUE(ParseYaml("a: {x: 1}\nb: {x: 1}\n", "f.yaml").ok());
}

TEST(YamlTest, AliasesAnchorsAndTagsAreRefused) {
  EXPECT_THAT(ErrorOf("a: &x 1\n"), StartsWith("f.yaml:1: YAML anchors"));
  EXPECT_THAT(ErrorOf("a: 1\nb: &x [1]\n"), StartsWith("f.yaml:2: YAML anchors"));
  EXPECT_THAT(ErrorOf("a: !!str 1\n"), StartsWith("f.yaml:1: YAML tags"));
  EXPECT_FALSE(ParseYaml("a: *x\n", "f.yaml").ok());
}

TEST(YamlTest, SyntaxErrorsHaveALine) {
  EXPECT_THAT(ErrorOf("a: 1\nb: [1, 2\n"), StartsWith("f.yaml:"));
  EXPECT_THAT(ErrorOf("a: 1\n  b: 2\n"), StartsWith("f.yaml:2: "));
  EXPECT_THAT(ErrorOf("a: 'open\nb: 2\n"), StartsWith("f.yaml:"));
  EXPECT_THAT(ErrorOf("a: \"open"), StartsWith("f.yaml:"));
}

TEST(YamlTest, ASecondDocumentIsRefused) {
  EXPECT_THAT(ErrorOf("a: 1\n---\nb: 2\n"), HasSubstr("second document"));
}

TEST(YamlTest, DepthAndSizeAreBounded) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(ParseYaml(nested(kMaxYamlDepth), "f.yaml").ok());
  EXPECT_EQ(ParseYaml(nested(kMaxYamlDepth + 1), "f.yaml").status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(ParseYaml(std::string(200'000, '['), "f.yaml").ok());
  EXPECT_FALSE(ParseYaml(std::string(200'000, '{'), "f.yaml").ok());
  EXPECT_EQ(ParseYaml(std::string(kMaxYamlBytes + 1, '#'), "f.yaml").status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(YamlTest, AnyTextIsReadBackAsAScalar) {
  for (const std::string text : {"",
                                 "plain",
                                 "tcp://127.0.0.1:5600",
                                 "-",
                                 "~",
                                 "null",
                                 "a: b",
                                 "a #b",
                                 "\"q\"",
                                 "back\\slash",
                                 "two\nlines",
                                 "tab\there",
                                 " lead",
                                 "trail ",
                                 "[x]",
                                 "{x}",
                                 "*x",
                                 "&x",
                                 "!x",
                                 "%x",
                                 "@x",
                                 "true",
                                 "1%",
                                 "ends:",
                                 "umläut",
                                 "\x01",
                                 "'",
                                 ",",
                                 "a, b"}) {
    const auto root = ParseYaml("k: " + YamlScalar(text) + "  # comment\n", "f.yaml");
    ASSERT_TRUE(root.ok()) << text << ": " << root.status();
    ASSERT_EQ(root->entries[0].value.kind, YamlNode::Kind::kScalar) << text;
    EXPECT_EQ(root->entries[0].value.scalar, text);
  }
}

}  // namespace
}  // namespace tideline
