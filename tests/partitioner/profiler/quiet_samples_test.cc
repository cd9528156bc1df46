#include "partitioner/profiler/quiet_samples.h"

#include <gtest/gtest.h>

namespace tideline {
namespace {

void AddRound(QuietSamples& samples, bool quiet, std::initializer_list<double> times) {
  for (const double time : times) {
    samples.Add(time);
  }
  samples.EndRound(quiet);
}

TEST(QuietSamplesTest, DisturbedRoundsDoNotCount) {
  QuietSamples samples;
  AddRound(samples, true, {2, 3});
  AddRound(samples, false, {50, 60, 70, 80, 90, 100, 110});
  AddRound(samples, true, {4, 5, 6});
  EXPECT_EQ(samples.Nanoseconds(), (Estimate{4e6, 2e6, 6e6}));
}

TEST(QuietSamplesTest, AllCountWhereTooFewAreQuiet) {
  QuietSamples samples;
  AddRound(samples, true, {2});
  AddRound(samples, false, {4, 6});
  EXPECT_EQ(samples.Nanoseconds(), (Estimate{4e6, 2e6, 6e6}));
  samples.Clear();
  AddRound(samples, false, {7});
  EXPECT_EQ(samples.Nanoseconds(), Estimate::Exactly(7e6));
}

}  // namespace
}  // namespace tideline
