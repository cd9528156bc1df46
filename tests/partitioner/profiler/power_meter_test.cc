#include "partitioner/profiler/power_meter.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "partitioner/profiler/power_sampler.h"

// Trees of files as the kernel has them on several kinds of devices.
namespace tideline {
namespace {

namespace fs = std::filesystem;

std::string Tree(const std::string& name) { return std::string(TIDELINE_TEST_SYSFS) + "/" + name; }

// A copy that a test may change.
class PowerMeterTest : public ::testing::Test {
 protected:
  ~PowerMeterTest() override { fs::remove_all(root_); }

  PowerMeter Find(const std::string& tree) {
    fs::copy(Tree(tree), root_, fs::copy_options::recursive);
    return PowerMeter::Find(root_);
  }
  void Write(const std::string& file, double value) {
    std::ofstream(root_ + "/sys/class/" + file) << static_cast<int64_t>(value) << '\n';
  }

  const std::string root_ = ::testing::TempDir() + "/sysfs-" +
                            ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

double WattsOf(PowerMeter& meter) {
  meter.Sample(absl::Seconds(10));
  meter.Sample(absl::Seconds(12));
  return meter.MeanWatts().value();
}

TEST_F(PowerMeterTest, TheTotalRailOfAJetsonIsTheDevice) {
  PowerMeter meter = Find("jetson");
  EXPECT_EQ(meter.source(), "ina3221");
  EXPECT_NEAR(WattsOf(meter), 5.032 * 1.016, 1e-9);
}

TEST_F(PowerMeterTest, RailsWithoutATotalAreSummed) {
  PowerMeter meter = Find("rails");
  EXPECT_EQ(meter.source(), "ina3221");
  EXPECT_NEAR(WattsOf(meter), 19.896 * 0.3 + 5 * 0.7, 1e-9);
}

TEST_F(PowerMeterTest, AMeterOfTheMachineIsPreferredToRapl) {
  PowerMeter meter = Find("server");
  EXPECT_EQ(meter.source(), "hwmon");
  EXPECT_NEAR(WattsOf(meter), 95, 1e-9);
}

TEST_F(PowerMeterTest, EachReadingHoldsForTheTimeSinceTheOneBefore) {
  PowerMeter meter = Find("server");
  meter.Sample(absl::Seconds(0));
  Write("hwmon/hwmon0/power1_average", 10e6);
  meter.Sample(absl::Seconds(3));
  Write("hwmon/hwmon0/power1_average", 50e6);
  meter.Sample(absl::Seconds(4));
  EXPECT_NEAR(*meter.MeanWatts(), (3 * 10 + 1 * 50) / 4.0, 1e-9);
  meter.Reset();
  EXPECT_FALSE(meter.MeanWatts().has_value());
}

TEST_F(PowerMeterTest, PackagesAreSummedAndTheirPartsAreNotCountedTwice) {
  PowerMeter meter = Find("packages");
  EXPECT_EQ(meter.source(), "rapl");
  meter.Sample(absl::Seconds(0));
  Write("powercap/intel-rapl:0/energy_uj", 1e6 + 30e6);
  Write("powercap/intel-rapl:1/energy_uj", 2e6 + 10e6);
  Write("powercap/intel-rapl:0:0/energy_uj", 25e6);
  Write("powercap/intel-rapl-mmio:0/energy_uj", 31e6);
  meter.Sample(absl::Seconds(2));
  EXPECT_NEAR(*meter.MeanWatts(), 20, 1e-9);
}

TEST_F(PowerMeterTest, AnEnergyCounterThatBeginsAgainLosesNothing) {
  PowerMeter meter = Find("packages");
  Write("powercap/intel-rapl:0/energy_uj", 262143328850 - 4e6);
  meter.Sample(absl::Seconds(0));
  Write("powercap/intel-rapl:0/energy_uj", 6e6);
  meter.Sample(absl::Seconds(1));
  EXPECT_NEAR(*meter.MeanWatts(), 10, 1e-6);
}

TEST_F(PowerMeterTest, ThePlatformIsPreferredToItsPackages) {
  PowerMeter meter = Find("laptop");
  meter.Sample(absl::Seconds(0));
  Write("powercap/intel-rapl:0/energy_uj", 5e6 + 7e6);
  Write("powercap/intel-rapl:1/energy_uj", 9e6 + 15e6);
  meter.Sample(absl::Seconds(1));
  EXPECT_NEAR(*meter.MeanWatts(), 15, 1e-9);
}

TEST_F(PowerMeterTest, WhatIsNoNumberIsNoSensor) {
  fs::create_directories(root_ + "/sys/class/hwmon/hwmon0");
  std::ofstream(root_ + "/sys/class/hwmon/hwmon0/power1_input") << "-12\n";
  PowerMeter meter = PowerMeter::Find(root_);
  EXPECT_EQ(meter.source(), "unknown");
  meter.Sample(absl::Seconds(0));
  meter.Sample(absl::Seconds(1));
  EXPECT_FALSE(meter.MeanWatts().has_value());
}

TEST_F(PowerMeterTest, TheSamplerAlwaysHasAFirstAndALastSample) {
  PowerMeter meter = Find("server");
  PowerSampler sampler(meter);
  EXPECT_NEAR(sampler.Stop().value(), 95, 1e-6);
}

}  // namespace
}  // namespace tideline
