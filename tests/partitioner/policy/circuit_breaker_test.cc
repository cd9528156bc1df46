#include "partitioner/policy/circuit_breaker.h"

#include <gtest/gtest.h>

namespace tideline {
namespace {

using State = CircuitBreaker::State;

MonotonicTime At(double seconds) { return absl::Seconds(seconds); }

CircuitBreaker Opened(double chance = 0) {
  CircuitBreaker breaker;
  for (int i = 0; i < 3; ++i) {
    breaker.OnFailure(At(0), chance);
  }
  return breaker;
}

TEST(CircuitBreakerTest, FailuresInARowOpenIt) {
  CircuitBreaker breaker;
  breaker.OnFailure(At(0), 0);
  breaker.OnFailure(At(0), 0);
  breaker.OnSuccess();
  breaker.OnFailure(At(0), 0);
  breaker.OnFailure(At(0), 0);
  EXPECT_EQ(breaker.state(At(0)), State::kClosed);
  EXPECT_TRUE(breaker.Allow(At(0)));
  breaker.OnFailure(At(0), 0);
  EXPECT_EQ(breaker.state(At(0)), State::kOpen);
  EXPECT_FALSE(breaker.Allow(At(0.4)));
}

TEST(CircuitBreakerTest, OneProbeGoesWhenThePauseIsOver) {
  CircuitBreaker breaker = Opened();
  EXPECT_EQ(breaker.state(At(0.5)), State::kHalfOpen);
  EXPECT_TRUE(breaker.Allow(At(0.5)));
  EXPECT_FALSE(breaker.Allow(At(0.6)));
  breaker.OnSuccess();
  EXPECT_EQ(breaker.state(At(0.7)), State::kClosed);
  EXPECT_TRUE(breaker.Allow(At(0.7)));
}

TEST(CircuitBreakerTest, AProbeWhoseOutcomeIsNeverToldDoesNotBlockForGood) {
  CircuitBreaker breaker = Opened();
  EXPECT_TRUE(breaker.Allow(At(1)));
  EXPECT_TRUE(breaker.Allow(At(1) + CircuitBreaker::kProbeLimit));
}

TEST(CircuitBreakerTest, AProbeThatDidNotGoLeavesItsPlaceToAnother) {
  CircuitBreaker breaker = Opened();
  EXPECT_TRUE(breaker.Allow(At(1)));
  breaker.OnUnused();
  EXPECT_TRUE(breaker.Allow(At(1.1)));
  EXPECT_FALSE(breaker.Allow(At(1.2)));
}

TEST(CircuitBreakerTest, ThePauseDoublesUpToALimit) {
  CircuitBreaker breaker = Opened();
  double now = 0;
  double expected = 0.5;
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(breaker.until() - At(now), At(expected));
    now = absl::ToDoubleSeconds(breaker.until());
    EXPECT_TRUE(breaker.Allow(At(now)));
    breaker.OnFailure(At(now), 0);
    expected = std::min(2 * expected, 30.0);
  }
}

TEST(CircuitBreakerTest, ChanceTakesUpToHalfOfThePause) {
  EXPECT_EQ(Opened(1).until(), At(0.25));
  EXPECT_EQ(Opened(0.5).until(), At(0.375));
}

TEST(CircuitBreakerTest, LateFailuresOfOldRequestsDoNotLengthenThePause) {
  CircuitBreaker breaker = Opened();
  breaker.OnFailure(At(0.1), 0);
  breaker.OnFailure(At(0.2), 0);
  EXPECT_EQ(breaker.until(), At(0.5));
}

}  // namespace
}  // namespace tideline
