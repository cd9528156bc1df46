#pragma once

#include <string>

namespace tideline {

// The machine that a profile is of. What Linux does not tell is "unknown".
struct DeviceInfo {
  std::string device;    // "Raspberry Pi 4 Model B Rev 1.4", else what the host is called
  std::string cpu;       // "AMD EPYC, 2 cores": the cores that this process may use
  std::string governor;  // of the CPU's frequency: "performance", "schedutil"
  std::string kernel;    // release
};

// Reads files below `root`, which is "/" outside of tests.
DeviceInfo DescribeDevice(const std::string& root);

}  // namespace tideline
