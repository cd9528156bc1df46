#include "partitioner/policy/model_correction.h"

#include <gtest/gtest.h>

namespace tideline {
namespace {

void Add(ModelCorrection& correction, Term term, double ratio, int count = 1) {
  for (int i = 0; i < count; ++i) {
    correction.Add(term, absl::Milliseconds(10), ratio * absl::Milliseconds(10));
  }
}

TEST(ModelCorrectionTest, BeforeAnythingIsMeasuredTheProfileIsRight) {
  EXPECT_EQ(ModelCorrection().edge_slowdown(), 1);
  EXPECT_EQ(ModelCorrection().cloud_slowdown(), 1);
}

TEST(ModelCorrectionTest, ALastingChangeIsFollowedWithinAFewRequests) {
  ModelCorrection correction;
  Add(correction, Term::kHead, 1, 50);
  Add(correction, Term::kHead, 2, 20);
  EXPECT_NEAR(correction.edge_slowdown(), 2, 0.1);
  Add(correction, Term::kHead, 1, 20);
  EXPECT_NEAR(correction.edge_slowdown(), 1, 0.05);
  EXPECT_EQ(correction.cloud_slowdown(), 1);
}

TEST(ModelCorrectionTest, OneOutlierHardlyMoves) {
  ModelCorrection correction;
  Add(correction, Term::kTail, 1, 50);
  Add(correction, Term::kTail, 100);
  EXPECT_LT(correction.cloud_slowdown(), 1.05);
}

TEST(ModelCorrectionTest, EachTermHasItsOwnDrift) {
  ModelCorrection correction;
  Add(correction, Term::kLink, 3, 30);
  Add(correction, Term::kDecode, 0.5, 30);
  EXPECT_NEAR(correction.Of(Term::kLink).ratio(), 3, 0.1);
  EXPECT_NEAR(correction.Of(Term::kDecode).ratio(), 0.5, 0.05);
  EXPECT_EQ(correction.Of(Term::kQueue).count(), 0);
}

TEST(ModelCorrectionTest, AMachinesTermsCountAsMuchAsTheyTake) {
  ModelCorrection correction;
  for (int i = 0; i < 30; ++i) {
    correction.Add(Term::kHead, absl::Milliseconds(90), absl::Milliseconds(180));
    correction.Add(Term::kEncode, absl::Milliseconds(10), absl::Milliseconds(10));
  }
  EXPECT_NEAR(correction.edge_slowdown(), 1.9, 0.05);
}

TEST(ModelCorrectionTest, AShortTermSaysLittleOfANetworkThatWasNotMeasured) {
  ModelCorrection correction;
  const auto encode = [&](double ratio) {
    for (int i = 0; i < 50; ++i) {
      correction.Add(Term::kEncode, absl::Milliseconds(2), ratio * absl::Milliseconds(2));
    }
  };
  encode(0.5);
  EXPECT_GT(correction.edge_slowdown(), 0.9);
  EXPECT_LT(correction.edge_slowdown(), 1);
  encode(10);
  EXPECT_GT(correction.edge_slowdown(), 2) << "a device that has become slow shows in it still";
  for (int i = 0; i < 10; ++i) {
    correction.Add(Term::kHead, absl::Milliseconds(100), absl::Milliseconds(300));
  }
  EXPECT_NEAR(correction.edge_slowdown(), 3, 0.2);
}

TEST(ModelCorrectionTest, WhatCannotBeMeasuredIsIgnored) {
  ModelCorrection correction;
  correction.Add(Term::kHead, absl::Microseconds(1), absl::Milliseconds(1));
  correction.Add(Term::kHead, absl::Milliseconds(1), absl::ZeroDuration());
  correction.Add(Term::kHead, absl::ZeroDuration(), absl::Milliseconds(1));
  EXPECT_EQ(correction.Of(Term::kHead).count(), 0);
}

}  // namespace
}  // namespace tideline
