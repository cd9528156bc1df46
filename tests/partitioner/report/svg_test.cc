#include "partitioner/report/svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/partitioner/report/well_formed.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

TEST(SvgTest, MarkupIsEscaped) {
  EXPECT_EQ(Escape("a<b> & \"c\" 'd'"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
}

TEST(SvgTest, CharactersOfEveryLengthStay) { EXPECT_EQ(Escape("é → 🌊\tx\n"), "é → 🌊\tx\n"); }

TEST(SvgTest, WhatIsNoCharacterIsReplaced) {
  constexpr char kReplaced[] = "\xEF\xBF\xBD";
  EXPECT_EQ(Escape(std::string_view("\0", 1)), kReplaced);
  EXPECT_EQ(Escape("\x1b"), kReplaced);
  EXPECT_EQ(Escape("\xff"), kReplaced);
  EXPECT_EQ(Escape("\xc3"), kReplaced);                               // cut off
  EXPECT_EQ(Escape("\xc0\xbc"), std::string(kReplaced) + kReplaced);  // an overlong '<'
  EXPECT_EQ(Escape("\xef\xbf\xbf"), kReplaced);                       // U+FFFF
  EXPECT_EQ(Escape("\xed\xa0\x80"), kReplaced);                       // a surrogate
  EXPECT_EQ(Escape("\xf4\x90\x80\x80"), kReplaced);                   // above U+10FFFF
  EXPECT_EQ(Escape("\xe2\x82<"), std::string(kReplaced) + kReplaced + "&lt;");
}

TEST(SvgTest, HostileTextsLeaveThePictureWellFormed) {
  Svg svg(100, 50, "\"><script>");
  svg.Rect({1, 2}, {3, 4}, "box", "</title><script>alert(1)</script>");
  svg.Text({1, 2}, "name", "]]><a&b", "x");
  svg.Circle({1, 2}, 3, "dot");
  svg.Line({0, 0}, {1, 1}, "grid");
  const Svg::Point points[] = {{0, 0}, {1, 2.5}};
  svg.Polyline(points, "curve");
  svg.Path("M0 0L1 1", "wire");
  EXPECT_EQ(WhatIsMalformed(svg.ToString()), "") << svg.ToString();
  EXPECT_THAT(svg.ToString(), HasSubstr("points=\"0.0,0.0 1.0,2.5\""));
  EXPECT_EQ(svg.ToString().find("<script"), std::string::npos);
}

TEST(WellFormedTest, WhatIsWrongIsFound) {
  EXPECT_EQ(WhatIsMalformed("<!DOCTYPE html><p class=\"x\">a &amp; b<br/></p>"), "");
  for (const char* text : {"<p>", "<p></b>", "</p>", "<p class=x></p>", "<p>a & b</p>",
                           "<p>a > b</p>", "<p a=\"<\"></p>", "<p a=\"x></p>", "<p"}) {
    EXPECT_NE(WhatIsMalformed(text), "") << text;
  }
}

}  // namespace
}  // namespace tideline
