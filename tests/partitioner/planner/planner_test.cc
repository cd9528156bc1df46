#include "partitioner/planner/planner.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partitioner/planner/explain.h"
#include "tests/partitioner/planner/example_set.h"
#include "tests/partitioner/planner/planner_oracle.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

class PlannerTest : public ::testing::Test {
 protected:
  Planner Make(const Targets& targets, const Prices& prices = {}) {
    return *Planner::Make(set_, targets, prices);
  }

  // "b/int8", or "" where nothing is left.
  std::string Best(const Targets& targets, const Link& link) {
    return Best(targets, Conditions{.link = &link});
  }
  std::string Best(const Targets& targets, const Conditions& conditions) {
    const Choice choice = Make(targets).Choose(conditions);
    if (!choice.found()) {
      return "";
    }
    const Candidate& best = set_->candidates[choice.best().candidate];
    return best.codec.empty() ? best.cut : best.cut + "/" + best.codec;
  }

  const Link cat1_ = *LinkPreset("cat1");
  const Link lte_ = *LinkPreset("lte");
  const Link ethernet_ = *LinkPreset("ethernet");
  std::shared_ptr<const CandidateSet> set_ =
      std::make_shared<const CandidateSet>(*MakeCandidates(MakeExample().Inputs()));
};

TEST_F(PlannerTest, TheLinkDecides) {
  EXPECT_EQ(Best({}, cat1_), "edge");
  EXPECT_EQ(Best({}, ethernet_), "input/raw");
}

TEST_F(PlannerTest, WhatIsSimplerAndNearlyAsGoodIsTakenWhereThatIsAllowed) {
  EXPECT_EQ(Best({.simpler_within = 0.01}, ethernet_), "input/raw");
  EXPECT_EQ(Best({.simpler_within = 10}, ethernet_), "edge");
  EXPECT_EQ(Best({.simpler_within = 10, .min_depth = 2}, ethernet_), "edge");
  const Conditions away{.link = &ethernet_, .lost = EngineMask{1} | kCloudEngines};
  EXPECT_EQ(Best({.simpler_within = 10}, away), "");
}

TEST_F(PlannerTest, WhatIsSimplerIsNotTakenWhereItBreaksALimit) {
  EXPECT_EQ(Best({.latency = absl::Milliseconds(20), .simpler_within = 10}, ethernet_),
            "input/raw");
}

TEST_F(PlannerTest, TheSimplerOneIsFirstAmongAllAndPreferredByItself) {
  const Planner planner = Make({.simpler_within = 10});
  const Conditions conditions{.link = &ethernet_};
  const Choice choice = planner.Choose(conditions);
  const std::vector<Ranked> all = planner.Rank(conditions);
  EXPECT_EQ(all[0].candidate, choice.best().candidate);
  ASSERT_EQ(choice.count, Choice::kMost);
  EXPECT_LT(all[1].score, all[0].score);
  EXPECT_EQ(all[1].candidate, choice.ranked[1].candidate);
  EXPECT_TRUE(planner.Prefers(all[0].candidate, all[1].candidate, conditions));
  EXPECT_FALSE(planner.Prefers(all[1].candidate, all[0].candidate, conditions));
  EXPECT_TRUE(Make({}).Prefers(all[1].candidate, all[0].candidate, conditions));
  EXPECT_THAT(WhyNot(planner, all[0].candidate, all[1].candidate, conditions),
              HasSubstr("not more than 1000 % better than what is simpler"));
  EXPECT_FALSE(Planner::Make(set_, {.simpler_within = -1}).ok());
}

TEST_F(PlannerTest, PrivacyIsNeverBroken) {
  EXPECT_EQ(Best({.send_input = false}, ethernet_), "a/int8");
  EXPECT_EQ(Best({.min_depth = 2}, ethernet_), "b/int8");
  EXPECT_EQ(Best({.min_depth = 4}, ethernet_), "edge");
  EXPECT_EQ(Best({.min_depth = 2, .leakage = 0.2}, ethernet_), "edge");
}

TEST_F(PlannerTest, AccuracyExcludesLossyCodecs) {
  EXPECT_EQ(Best({.accuracy_drop = 0.001, .min_depth = 1}, ethernet_), "a/fp32");
}

TEST_F(PlannerTest, ACloudThatIsAwayLeavesTheEdge) {
  EXPECT_EQ(Best({}, Conditions{.link = &ethernet_, .lost = kCloudEngines}), "edge");
  EXPECT_EQ(Best({}, Conditions{.link = &ethernet_, .lost = ~EngineMask{0}}), "");
}

TEST_F(PlannerTest, AQueueMakesTheEdgeBetter) {
  EXPECT_EQ(Best({}, Conditions{.link = &ethernet_, .queue_ns = 100e6}), "edge");
}

TEST_F(PlannerTest, ASlowEdgeMovesTheWorkAway) {
  EXPECT_EQ(Best({}, Conditions{.link = &cat1_, .edge_slowdown = 100}), "input/jpeg:85");
}

TEST_F(PlannerTest, ASlowdownOutsideTheUsualRangeIsStillExact) {
  EXPECT_EQ(Best({}, Conditions{.link = &ethernet_, .cloud_slowdown = 1000}), "edge");
}

TEST_F(PlannerTest, IdlingMakesLargeTensorsDearer) {
  const Planner planner = Make({});
  const Link wifi = *LinkPreset("wifi");
  const Choice warm = planner.Choose({.link = &wifi, .idle = false});
  const int candidate = warm.best().candidate;
  const auto large = [&](bool idle) {
    return planner.TermsOf(candidate, {.link = &wifi, .idle = idle}).latency_ns;
  };
  EXPECT_GE(large(true), large(false));
}

TEST_F(PlannerTest, WhatCannotBeMetIsMissedByLeast) {
  const Planner planner = Make({.latency = absl::Milliseconds(2)});
  const Choice choice = planner.Choose({.link = &lte_});
  ASSERT_TRUE(choice.found());
  EXPECT_FALSE(choice.met());
  for (const Ranked& ranked : planner.Rank({.link = &lte_})) {
    EXPECT_GE(ranked.score.violation, choice.best().score.violation);
  }
}

TEST_F(PlannerTest, TermsAddUpToTheLatency) {
  const Planner planner = Make({});
  const Conditions conditions{.link = &lte_, .idle = true, .queue_ns = 3e6, .edge_slowdown = 2};
  for (const Ranked& ranked : planner.Rank(conditions)) {
    const Terms terms = planner.TermsOf(ranked.candidate, conditions);
    EXPECT_NEAR(terms.latency_ns,
                terms.head_ns + terms.encode_ns + terms.up_ns + terms.decode_ns + terms.queue_ns +
                    terms.tail_ns + terms.down_ns,
                1e-3);
    EXPECT_LE(terms.latency_low_ns, terms.latency_ns);
    EXPECT_LE(terms.latency_ns, terms.latency_high_ns);
    EXPECT_DOUBLE_EQ(terms.latency_ns, ranked.score.objective);
  }
}

TEST_F(PlannerTest, AlternativesAreBehindTheBestInOrder) {
  const Choice choice = Make({}).Choose({.link = &lte_});
  ASSERT_GT(choice.count, 1);
  for (int i = 1; i < choice.count; ++i) {
    EXPECT_LE(choice.ranked[i - 1].score, choice.ranked[i].score);
  }
}

TEST_F(PlannerTest, AnEnergyTargetNeedsAKnownPower) {
  CandidateSet unknown = *set_;
  unknown.power = Power();
  const auto planner = Planner::Make(std::make_shared<const CandidateSet>(unknown),
                                     {.objective = Objective::kEnergy});
  EXPECT_EQ(planner.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(planner.status().message()), HasSubstr("source 'unknown'"));
}

TEST_F(PlannerTest, TargetsThatCannotBeAreRefused) {
  EXPECT_FALSE(Planner::Make(set_, {.accuracy_drop = -0.1}).ok());
  EXPECT_FALSE(Planner::Make(set_, {.latency_percentile = 1}).ok());
  EXPECT_FALSE(Planner::Make(set_, {.uplink = BitRate{0}}).ok());
  EXPECT_FALSE(Planner::Make(set_, {}, {.per_byte = -1}).ok());
  EXPECT_FALSE(Planner::Make(std::make_shared<const CandidateSet>(), {}).ok());
}

// The benchmark does the same with ten thousand networks.
TEST(PlannerOracleTest, EveryObjectiveUnderEveryConstraintFindsTheBestOfAllCuts) {
  std::mt19937 random(11);
  for (int i = 0; i < 60; ++i) {
    const OracleCase oracle_case = RandomCase(1 + static_cast<int>(random() % 14), random);
    for (const Objective objective :
         {Objective::kLatency, Objective::kThroughput, Objective::kEnergy, Objective::kCost}) {
      for (int constraint = 0; constraint < kOracleConstraints; ++constraint) {
        ASSERT_EQ(Disagreement(oracle_case, objective, OracleConstraint{constraint}, random), "")
            << "network " << i << ", constraint " << constraint;
      }
    }
  }
}

}  // namespace
}  // namespace tideline
