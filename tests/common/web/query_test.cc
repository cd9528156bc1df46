#include "common/web/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

absl::StatusOr<WebQuery> Parse(std::string_view query) {
  return ParseQuery(query, {"after", "wait"});
}

std::string ErrorOf(std::string_view query) { return std::string(Parse(query).status().message()); }

TEST(Query, HasItsParametersDecoded) {
  EXPECT_THAT(*Parse(""), IsEmpty());
  EXPECT_THAT(*Parse("wait=10s&after=a%2Fb+c"),
              ElementsAre(Pair("after", "a/b c"), Pair("wait", "10s")));
  EXPECT_THAT(*Parse("&&after&"), ElementsAre(Pair("after", "")));
  EXPECT_THAT(*Parse("after=a=b"), ElementsAre(Pair("after", "a=b")));
}

TEST(Query, WhatIsNotKnownIsNamed) {
  EXPECT_THAT(ErrorOf("wait=1s&limits=3"), HasSubstr("'limits' is not known here"));
  EXPECT_THAT(ErrorOf("=3"), HasSubstr("known are: after, wait"));
  EXPECT_THAT(ErrorOf("Wait=1s"), HasSubstr("'Wait' is not known"));
}

TEST(Query, WhatComesTwiceIsRefused) {
  EXPECT_THAT(ErrorOf("wait=1s&wait=2s"), HasSubstr("'wait' comes twice"));
}

TEST(Query, APercentSignStandsForAByteOrIsRefused) {
  for (const char* query : {"after=%", "after=%4", "after=%4g", "after=a%2"}) {
    EXPECT_THAT(ErrorOf(query), HasSubstr("hexadecimal")) << query;
  }
}

}  // namespace
}  // namespace tideline
