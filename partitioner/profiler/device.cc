#include "partitioner/profiler/device.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <sched.h>
#include <string_view>
#include <sys/utsname.h>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include <fmt/format.h>

#include "partitioner/profiler/kernel_file.h"

namespace tideline {
namespace {

constexpr char kUnknown[] = "unknown";

// The file's text without what does not print; "" where there is none.
std::string ReadText(const std::string& path) {
  std::string text = ReadKernelFile(path);
  std::erase_if(text, [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0; });
  return text;
}

std::string CpuName(const std::string& root) {
  const std::string cpuinfo = ReadKernelFile(root + "/proc/cpuinfo");
  for (const std::string_view key : {"model name", "Hardware", "cpu model", "uarch"}) {
    for (const std::string& line : std::vector<std::string>(absl::StrSplit(cpuinfo, '\n'))) {
      const size_t colon = line.find(':');
      if (line.starts_with(key) && colon != std::string::npos) {
        std::string name = line.substr(colon + 1);
        absl::StripAsciiWhitespace(&name);
        return name;
      }
    }
  }
  return kUnknown;
}

int UsableCores() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  return ::sched_getaffinity(/*pid=*/0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
}

std::string FirstKnown(const std::vector<std::string>& texts) {
  const auto known = std::ranges::find_if(texts, [](const auto& text) { return !text.empty(); });
  return known == texts.end() ? kUnknown : *known;
}

}  // namespace

DeviceInfo DescribeDevice(const std::string& root) {
  utsname names{};
  (void)::uname(&names);
  const std::string sys = root + "/sys";
  return {
      .device = FirstKnown({ReadText(root + "/proc/device-tree/model"),
                            ReadText(sys + "/devices/virtual/dmi/id/product_name"),
                            ReadText(root + "/etc/hostname"), names.nodename}),
      .cpu = fmt::format("{}, {} cores", CpuName(root), UsableCores()),
      .governor = FirstKnown({ReadText(sys + "/devices/system/cpu/cpu0/cpufreq/scaling_governor")}),
      .kernel = FirstKnown({names.release})};
}

}  // namespace tideline
