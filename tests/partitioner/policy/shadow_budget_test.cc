#include "partitioner/policy/shadow_budget.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tideline {
namespace {

MonotonicTime At(double seconds) { return absl::Seconds(seconds); }

constexpr ShadowNeed kNeed = {.uncertainty = 1, .rate = 2e6, .gain = 0.3};

TEST(ShadowBudgetTest, AtMostFourKilobytesASecondWhereLittleIsSent) {
  ShadowBudget budget(At(0));
  double sent = 0;
  for (double now = 0; now < 100; now += 0.1) {
    if (const Shadow shadow = budget.Propose(At(now), kNeed)) {
      budget.OnShadow(At(now), shadow.bytes);
      sent += shadow.bytes;
    }
    EXPECT_LE(sent, 4000 * now + 1);
  }
  EXPECT_GT(sent, 300'000);
  EXPECT_EQ(budget.spent(), sent);
}

TEST(ShadowBudgetTest, OrAHundredthOfWhatWasSent) {
  ShadowBudget budget(At(0));
  budget.OnSent(100e6);
  double sent = 0;
  for (double now = 0; now < 100; now += 0.1) {
    if (const Shadow shadow =
            budget.Propose(At(now), {.uncertainty = 1, .rate = 50e6, .gain = 1})) {
      budget.OnShadow(At(now), shadow.bytes);
      sent += shadow.bytes;
    }
    EXPECT_LE(sent, std::max(4000 * now, 1e6) + 1);
  }
  EXPECT_GT(sent, 900'000);
}

TEST(ShadowBudgetTest, ALongSilenceDoesNotSaveUpForOneLargeOne) {
  ShadowBudget budget(At(0));
  EXPECT_LE(budget.Allowance(At(1e6)), ShadowOptions().burst);
}

TEST(ShadowBudgetTest, BesideRequestsACanaryIsAsLargeAsTheyAreWithinTheWhole) {
  ShadowBudget budget(At(0));
  EXPECT_FALSE(budget.AllowsBeside(At(10), 50'000));
  EXPECT_TRUE(budget.AllowsBeside(At(20), 50'000));
  budget.OnShadow(At(20), 50'000);
  EXPECT_FALSE(budget.AllowsBeside(At(20.5), 1));
  EXPECT_FALSE(budget.AllowsBeside(At(30), 80'000));
}

TEST(ShadowBudgetTest, WhereTheCloudCannotHelpNothingIsSent) {
  ShadowBudget budget(At(0));
  EXPECT_FALSE(budget.Propose(At(100), {.uncertainty = 1, .rate = 2e6, .gain = 0}));
}

TEST(ShadowBudgetTest, TheMoreIsUnknownTheSoonerItAsks) {
  ShadowBudget budget(At(0));
  budget.OnShadow(At(100), 4000);
  EXPECT_FALSE(budget.Propose(At(100.5), kNeed));
  EXPECT_TRUE(budget.Propose(At(101), kNeed));
  ShadowNeed certain = kNeed;
  certain.uncertainty = 0.1;
  EXPECT_FALSE(budget.Propose(At(103), certain));
  EXPECT_TRUE(budget.Propose(At(104), certain));
}

TEST(ShadowBudgetTest, WhatWasSeenToBeFasterIsMeasuredAtOnce) {
  ShadowBudget budget(At(0));
  budget.OnShadow(At(100), 4000);
  ShadowNeed faster = kNeed;
  faster.uncertainty = 0.1;
  EXPECT_FALSE(budget.Propose(At(100.3), faster));
  faster.open_above = true;
  EXPECT_FALSE(budget.Propose(At(100.1), faster));
  EXPECT_TRUE(budget.Propose(At(100.3), faster));
}

TEST(ShadowBudgetTest, WhatTrafficShowsIsNotMeasuredAgain) {
  ShadowBudget budget(At(0));
  ShadowNeed shown = kNeed;
  shown.traffic = true;
  EXPECT_TRUE(budget.Propose(At(100), shown));
  shown.age = absl::Seconds(1);
  EXPECT_FALSE(budget.Propose(At(100), shown));
  shown.age = absl::Seconds(3);
  EXPECT_TRUE(budget.Propose(At(100), shown));
  shown.uncertainty = 0.1;
  EXPECT_FALSE(budget.Propose(At(100), shown));
  shown.open_above = true;
  EXPECT_TRUE(budget.Propose(At(100), shown));
}

TEST(ShadowBudgetTest, AFasterLinkNeedsMoreBytes) {
  ShadowBudget budget(At(0));
  ShadowNeed fast = kNeed;
  fast.rate = 20e6;
  EXPECT_GT(budget.Propose(At(100), fast).bytes, budget.Propose(At(100), kNeed).bytes);
}

TEST(ShadowBudgetTest, ACanaryGoesWhereItFitsAndTheCloudIsOldNews) {
  ShadowBudget budget(At(0));
  ShadowNeed need = kNeed;
  need.canary_bytes = 6000;
  EXPECT_FALSE(budget.Propose(At(100), need).canary);
  need.cloud_unknown = true;
  const Shadow canary = budget.Propose(At(100), need);
  EXPECT_TRUE(canary.canary);
  EXPECT_EQ(canary.bytes, 6000);
  need.canary_bytes = 1e6;
  EXPECT_FALSE(budget.Propose(At(100), need).canary);
}

}  // namespace
}  // namespace tideline
