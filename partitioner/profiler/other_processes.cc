#include "partitioner/profiler/other_processes.h"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <sstream>
#include <string>
#include <unistd.h>

#include "partitioner/profiler/kernel_file.h"

namespace tideline {

absl::Duration OtherProcesses::Used() {
  // proc(5): "cpu", then user, nice, system, idle, iowait, irq, softirq, steal.
  std::istringstream stat(ReadKernelFile("/proc/stat"));
  std::string name;
  int64_t user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, soft_irq = 0, stolen = 0;
  stat >> name >> user >> nice >> system >> idle >> waiting >> irq >> soft_irq >> stolen;
  if (!stat) {
    return absl::ZeroDuration();
  }
  const auto ticks = static_cast<double>(user + nice + system + irq + soft_irq + stolen);
  timespec own{};
  (void)::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
  return absl::Seconds(ticks / static_cast<double>(::sysconf(_SC_CLK_TCK))) -
         absl::DurationFromTimespec(own);
}

void OtherProcesses::Begin() {
  begin_ = clock_.Now();
  used_ = Used();
}

double OtherProcesses::Cores() const {
  const absl::Duration passed = clock_.Now() - begin_;
  return passed > absl::ZeroDuration() ? std::max(absl::FDivDuration(Used() - used_, passed), 0.0)
                                       : 0;
}

}  // namespace tideline
