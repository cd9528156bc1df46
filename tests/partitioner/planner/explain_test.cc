#include "partitioner/planner/explain.h"

#include <algorithm>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/partitioner/planner/example_set.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

class ExplainTest : public ::testing::Test {
 protected:
  Planner Make(const Targets& targets) { return *Planner::Make(set_, targets); }

  int Find(std::string_view cut, std::string_view codec) const {
    const auto found = std::ranges::find_if(set_->candidates, [&](const Candidate& candidate) {
      return candidate.cut == cut && candidate.codec == codec;
    });
    return static_cast<int>(found - set_->candidates.begin());
  }

  const Link lte_ = *LinkPreset("lte");
  std::shared_ptr<const CandidateSet> set_ =
      std::make_shared<const CandidateSet>(*MakeCandidates(MakeExample().Inputs()));
};

TEST_F(ExplainTest, AConstraintThatBindsSaysByHowMuch) {
  const Planner planner = Make({.latency = absl::Milliseconds(20), .accuracy_drop = 0.01});
  const auto checks = CheckConstraints(planner, Find("edge", ""), {.link = &lte_});
  ASSERT_EQ(checks.size(), 2);
  EXPECT_EQ(checks[0].text, "latency_p99 is 40ms, the limit 20ms: 100% too much");
  EXPECT_FALSE(checks[0].met);
  EXPECT_EQ(checks[1].text, "accuracy_drop is 0%, the limit 1%: 100% to spare");
  EXPECT_TRUE(checks[1].met);
}

TEST_F(ExplainTest, PrivacyIsExplainedAsWell) {
  const Planner planner = Make({.send_input = false, .min_depth = 2, .leakage = 0.5});
  const auto checks = CheckConstraints(planner, Find("input", "raw"), {.link = &lte_});
  ASSERT_EQ(checks.size(), 3);
  for (const ConstraintCheck& check : checks) {
    EXPECT_FALSE(check.met) << check.text;
  }
}

TEST_F(ExplainTest, AChangeTurnsTheOrderExactlyWhereItSays) {
  const Planner planner = Make({});
  const Conditions conditions{.link = &lte_};
  const int edge = Find("edge", "");
  const int c = Find("c", "int8");
  const auto changes = WhatWouldChange(planner, edge, c, conditions);
  ASSERT_FALSE(changes.empty());
  for (const Change& change : changes) {
    const auto wins = [&](double factor) {
      Link link = lte_;
      Conditions changed{.link = &link};
      if (change.lever == Lever::kLinkRate) {
        link = lte_.Scaled(factor);
      } else if (change.lever == Lever::kCloudSpeed) {
        changed.cloud_slowdown /= factor;
      } else {
        changed.edge_slowdown /= factor;
      }
      return planner.ScoreOf(c, changed) < planner.ScoreOf(edge, changed);
    };
    EXPECT_FALSE(wins(1));
    EXPECT_TRUE(wins(change.factor));
    EXPECT_FALSE(wins(std::pow(change.factor, 0.99)));
  }
}

TEST_F(ExplainTest, WhyNotNamesTheTermsAndTheRateAtWhichItWins) {
  Link link = lte_;
  link.rtt = Quantiles(5e6);
  const Planner planner = Make({});
  const std::string why = WhyNot(planner, Find("b", "int8"), Find("input", "raw"), {.link = &link});
  EXPECT_THAT(why, HasSubstr("latency "));
  EXPECT_THAT(why, HasSubstr("up +"));
  EXPECT_THAT(why, HasSubstr("head -20ms"));
  EXPECT_THAT(why, HasSubstr("it wins against it from "));
  EXPECT_THAT(why, HasSubstr("Mbps up"));
}

TEST_F(ExplainTest, TheNextChoiceIsTheBestRightWhereItSays) {
  Link link = lte_;
  link.rtt = Quantiles(5e6);
  const Planner planner = Make({});
  const Conditions conditions{.link = &link};
  const int best = planner.Choose(conditions).best().candidate;
  const auto next = NextChoices(planner, best, conditions);
  ASSERT_GE(next.size(), 2);
  for (const NextChoice& choice : next) {
    const auto best_at = [&](double factor) {
      const ChangedConditions changed(conditions, choice.change.lever, factor);
      return planner.Choose(changed.conditions()).best().candidate;
    };
    EXPECT_NE(choice.candidate, best);
    EXPECT_EQ(best_at(choice.change.factor), choice.candidate);
    EXPECT_EQ(best_at(std::pow(choice.change.factor, 0.99)), best);
  }
}

TEST_F(ExplainTest, ASweepHasTheBestEverywhere) {
  Link link = lte_;
  link.rtt = Quantiles(5e6);
  const Planner planner = Make({});
  const Conditions conditions{.link = &link};
  const auto sweep = SweepUplink(planner, conditions, BitRate{1e5}, BitRate{1e9});
  ASSERT_TRUE(sweep.ok());
  ASSERT_GT(sweep->size(), 2);
  EXPECT_EQ(sweep->front().candidate, Find("edge", ""));
  EXPECT_EQ(sweep->back().candidate, Find("input", "raw"));
  EXPECT_EQ(sweep->front().from, BitRate{1e5});
  EXPECT_EQ(sweep->back().to, BitRate{1e9});
  for (const SweepStretch& stretch : *sweep) {
    const double middle = std::sqrt(stretch.from.bits_per_second * stretch.to.bits_per_second);
    const Link scaled = link.Scaled(middle / link.up.median());
    EXPECT_EQ(planner.Choose({.link = &scaled}).best().candidate, stretch.candidate);
  }
  EXPECT_FALSE(SweepUplink(planner, conditions, BitRate{0}, BitRate{1e6}).ok());
  EXPECT_FALSE(SweepUplink(planner, conditions, BitRate{2e6}, BitRate{1e6}).ok());
}

}  // namespace
}  // namespace tideline
