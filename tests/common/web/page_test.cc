#include <algorithm>
#include <regex>
#include <span>
#include <string>

#include "gtest/gtest.h"

#include "common/web/assets.h"

namespace tideline {

std::span<const Asset> page_assets();

namespace {

bool Has(const std::string& path) {
  return std::ranges::any_of(page_assets(), [&](const Asset& asset) { return asset.path == path; });
}

// What a pattern's first group finds in all files that end like that.
std::vector<std::string> Named(std::string_view ending, const std::string& pattern) {
  std::vector<std::string> names;
  const std::regex regex(pattern);
  for (const Asset& asset : page_assets()) {
    if (!asset.path.ends_with(ending)) {
      continue;
    }
    const std::string text(asset.content);
    for (std::sregex_iterator found(text.begin(), text.end(), regex), end; found != end; ++found) {
      names.push_back((*found)[1]);
    }
  }
  return names;
}

TEST(Page, HasEveryFileThatItLoads) {
  const std::vector<std::string> loaded = Named(".html", "(?:src|href)=\"([^\"#]+)\"");
  EXPECT_GE(loaded.size(), 5);
  for (const std::string& name : loaded) {
    EXPECT_TRUE(Has(name)) << name;
  }
}

TEST(Page, HasEveryModuleThatItImports) {
  const std::vector<std::string> imported = Named(".js", "from '\\./([^']+)';");
  EXPECT_GE(imported.size(), 20);
  for (const std::string& name : imported) {
    EXPECT_TRUE(Has(name)) << name;
  }
}

// It works where nothing else can be reached, and keeps the policy that forbids inline code.
TEST(Page, NamesNoOtherServerAndHasNoInlineCode) {
  EXPECT_TRUE(Named(".html", "(?:src|href)=\"(https?://[^\"]+)\"").empty());
  EXPECT_TRUE(Named(".css", "(url\\()").empty());
  EXPECT_TRUE(Named(".html", "(<script>| style=| on[a-z]+=)").empty());
}

TEST(Page, HasEveryElementThatItsModulesAskFor) {
  const std::vector<std::string> ids = Named(".html", " id=\"([^\"]+)\"");
  const std::vector<std::string> asked = Named(".js", "(?:byId|show|showParts)\\('([a-z0-9-]+)'");
  EXPECT_GE(asked.size(), 50);
  for (const std::string& id : asked) {
    EXPECT_EQ(std::ranges::count(ids, id), 1) << id;
  }
}

}  // namespace
}  // namespace tideline
