#include "partitioner/report/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::ElementsAre;

TEST(AxisTest, FiguresFallInProportion) {
  const Axis linear(Axis::Kind::kLinear, 0, 10, 100, 200);
  EXPECT_DOUBLE_EQ(linear.At(2.5), 125);
  EXPECT_DOUBLE_EQ(linear.At(-1), 100);
  EXPECT_DOUBLE_EQ(linear.At(11), 200);
  const Axis log(Axis::Kind::kLog, 1, 10'000, 400, 0);
  EXPECT_DOUBLE_EQ(log.At(100), 200);
  EXPECT_TRUE(log.Holds(1));
  EXPECT_FALSE(log.Holds(0.9));
}

TEST(AxisTest, TicksAreRound) {
  EXPECT_THAT(Axis(Axis::Kind::kLinear, 0, 10, 0, 1).Ticks(), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(Axis(Axis::Kind::kLinear, 0, 61.6, 0, 1).Ticks(), ElementsAre(0, 20, 40, 60));
  EXPECT_THAT(Axis(Axis::Kind::kLog, 0.1, 10'000, 0, 1).Ticks(),
              ElementsAre(testing::DoubleEq(0.1), 1, 10, 100, 1000, 10'000));
  EXPECT_THAT(Axis(Axis::Kind::kLog, 1.5, 60, 0, 1).Ticks(), ElementsAre(2, 5, 10, 20, 50));
}

}  // namespace
}  // namespace tideline
