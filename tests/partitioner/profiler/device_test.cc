#include "partitioner/profiler/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::StartsWith;

std::string Tree(const std::string& name) { return std::string(TIDELINE_TEST_SYSFS) + "/" + name; }

TEST(DeviceTest, ABoardHasItsNameInTheDeviceTree) {
  const DeviceInfo device = DescribeDevice(Tree("jetson"));
  EXPECT_EQ(device.device, "NVIDIA Jetson Orin Nano Developer Kit");
  EXPECT_EQ(device.governor, "schedutil");
  EXPECT_THAT(device.cpu, StartsWith("unknown, "));
}

TEST(DeviceTest, AServerIsCalledByItsHostName) {
  const DeviceInfo device = DescribeDevice(Tree("packages"));
  EXPECT_EQ(device.device, "rack-7");
  EXPECT_EQ(device.governor, "unknown");
  EXPECT_THAT(device.cpu, StartsWith("Intel(R) Xeon(R) Gold 6330 CPU @ 2.00GHz, "));
}

TEST(DeviceTest, NothingIsEmptyHere) {
  const DeviceInfo device = DescribeDevice("/");
  for (const std::string& text : {device.device, device.cpu, device.governor, device.kernel}) {
    EXPECT_FALSE(text.empty());
  }
}

}  // namespace
}  // namespace tideline
