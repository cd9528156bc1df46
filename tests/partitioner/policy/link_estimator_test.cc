#include "partitioner/policy/link_estimator.h"

#include <gtest/gtest.h>

namespace tideline {
namespace {

MonotonicTime At(double seconds) { return absl::Seconds(seconds); }

// What the receiver measures of a message over a link of this rate.
TransferSample Measured(double rate, double bytes = 10'000) {
  const Transfer transfer(rate, 0, TcpModel(), /*idle=*/false);
  return {bytes, absl::Nanoseconds(transfer.SendingNs(bytes) - transfer.SendingNs(0))};
}

double Feed(LinkEstimator& estimator, double begin, int count, double up, double down) {
  for (int i = 0; i < count; ++i) {
    begin += 0.5;
    estimator.AddUplink(At(begin), Measured(up));
    estimator.AddDownlink(At(begin), Measured(down));
  }
  return begin;
}

TEST(LinkEstimatorTest, NothingKnownIsAWideGuess) {
  const LinkEstimate estimate = LinkEstimator().Estimate(At(0));
  EXPECT_FALSE(estimate.known);
  EXPECT_LT(estimate.link.up.At(0.01), 0.13e6);
  EXPECT_GT(estimate.link.up.At(0.99), 18.88e6);
  EXPECT_GE(estimate.uncertainty, 1);
}

TEST(LinkEstimatorTest, WhatIsAroundATensorIsPartOfTheLinksRate) {
  for (const double rate : {0.13e6, 1.1e6, 5.85e6, 18.88e6}) {
    LinkEstimator estimator;
    const double end = Feed(estimator, 0, 10, rate, 2 * rate);
    const LinkEstimate estimate = estimator.Estimate(At(end));
    EXPECT_NEAR(estimate.link.up.median(), rate, 0.05 * rate);
    EXPECT_NEAR(estimate.link.down.median(), 2 * rate, 0.1 * rate);
  }
}

TEST(LinkEstimatorTest, RoundTripsAreADistribution) {
  LinkEstimator estimator;
  for (int i = 0; i < 40; ++i) {
    estimator.AddRoundTrip(At(0.2 * i), absl::Milliseconds(i % 10 == 9 ? 200 : 50));
  }
  const Quantiles rtt = estimator.Estimate(At(8)).link.rtt;
  EXPECT_NEAR(rtt.median(), 50e6, 1e6);
  EXPECT_GT(rtt.At(0.99), 150e6);
}

TEST(LinkEstimatorTest, SilenceIsSeenBeforeTheAnswerComes) {
  LinkEstimator estimator;
  for (int i = 0; i < 20; ++i) {
    estimator.AddRoundTrip(At(0.2 * i), absl::Milliseconds(50));
  }
  estimator.AddSilence(At(4.4), absl::Milliseconds(400));
  estimator.AddSilence(At(4.9), absl::Milliseconds(900));
  EXPECT_GT(estimator.Estimate(At(4.9)).link.rtt.median(), 300e6);
}

TEST(LinkEstimatorTest, AnOutageIsSeenFromWhatIsNotAcknowledged) {
  LinkEstimator estimator;
  const double end = Feed(estimator, 0, 20, 18.88e6, 18.88e6);
  estimator.AddRoundTrip(At(end), absl::Milliseconds(50));
  estimator.AddUnacknowledged(At(end + 0.5), 10'000, absl::Milliseconds(400));
  estimator.AddUnacknowledged(At(end + 1), 10'000, absl::Milliseconds(900));
  EXPECT_LT(estimator.Estimate(At(end + 1)).link.up.median(), 0.3e6);
}

TEST(LinkEstimatorTest, ARoundTripWithoutAcknowledgementIsNoOutage) {
  LinkEstimator estimator;
  const double end = Feed(estimator, 0, 20, 18.88e6, 18.88e6);
  estimator.AddRoundTrip(At(end), absl::Milliseconds(50));
  for (int i = 1; i < 10; ++i) {
    estimator.AddUnacknowledged(At(end + 0.1 * i), 2'000, absl::Milliseconds(50));
  }
  EXPECT_NEAR(estimator.Estimate(At(end + 1)).link.up.median(), 18.88e6, 1e6);
}

TEST(LinkEstimatorTest, WhatIsMerelyOnItsWayIsNoBadNews) {
  LinkEstimator estimator;
  const double end = Feed(estimator, 0, 20, 1.1e6, 1.1e6);
  estimator.AddUnacknowledged(At(end + 0.1), 100'000, absl::Milliseconds(100));
  EXPECT_NEAR(estimator.Estimate(At(end + 0.1)).link.up.median(), 1.1e6, 0.1e6);
}

TEST(LinkEstimatorTest, AShortMessageIsMeasuredWithoutTheRoundTrip) {
  LinkEstimator estimator;
  for (int i = 0; i < 20; ++i) {
    estimator.AddRoundTrip(At(0.2 * i), absl::Milliseconds(50));
  }
  estimator.AddAcknowledged(At(5), 2000, absl::Milliseconds(50 + 20));
  const double slow = estimator.Estimate(At(5)).link.up.median();
  EXPECT_NEAR(slow, 8 * 2256 / 0.020, 0.15 * slow);
  LinkEstimator fast = LinkEstimator();
  fast.AddRoundTrip(At(0), absl::Milliseconds(50));
  Feed(fast, 0, 10, 18.88e6, 18.88e6);
  fast.AddAcknowledged(At(6), 2000, absl::Milliseconds(51));  // too fast to be measured
  EXPECT_NEAR(fast.Estimate(At(6)).link.up.median(), 18.88e6, 1e6);
}

TEST(LinkEstimatorTest, ADownlinkThatIsNotMeasuredFollowsTheUplink) {
  LinkEstimator estimator;
  double end = Feed(estimator, 0, 20, 8e6, 16e6);
  for (int i = 0; i < 10; ++i) {
    end += 0.5;
    estimator.AddUplink(At(end), Measured(1e6));
  }
  const LinkEstimate estimate = estimator.Estimate(At(end));
  EXPECT_EQ(estimate.changes, 1);
  EXPECT_NEAR(estimate.link.down.median(), 2e6, 0.2e6);
}

TEST(LinkEstimatorTest, WhatIsSavedComesBackOlder) {
  LinkEstimator estimator;
  const double end = Feed(estimator, 0, 20, 5e6, 9e6);
  estimator.AddRoundTrip(At(end), absl::Milliseconds(40));
  const LinkMemory state = estimator.Save(At(end + 1));
  LinkEstimator other;
  other.AddUplink(At(0), Measured(1e6));
  other.Restore(state, At(3), absl::Minutes(1));
  const LinkEstimate estimate = other.Estimate(At(3));
  EXPECT_NEAR(estimate.link.up.median(), 5e6, 0.2e6);
  EXPECT_NEAR(estimate.link.down.median(), 9e6, 0.4e6);
  EXPECT_NEAR(estimate.link.rtt.median(), 40e6, 1e6);
  EXPECT_EQ(estimate.age, absl::Seconds(61));
  EXPECT_GT(estimate.uncertainty, estimator.Estimate(At(end + 1)).uncertainty);
}

}  // namespace
}  // namespace tideline
