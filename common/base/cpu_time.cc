#include "common/base/cpu_time.h"

#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <pthread.h>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tideline {
namespace {

constexpr const char* kThreads = "/proc/self/task";

std::optional<absl::Duration> Read(clockid_t clock) {
  timespec time{};
  return ::clock_gettime(clock, &time) == 0 ? std::optional(absl::DurationFromTimespec(time))
                                            : std::nullopt;
}

// As the kernel numbers the processor time of a thread of this process.
clockid_t ClockOf(pid_t thread) {
  constexpr unsigned kScheduled = 2;
  constexpr unsigned kOfOneThread = 4;
  return static_cast<clockid_t>((~static_cast<unsigned>(thread) << 3) | kOfOneThread | kScheduled);
}

std::string OwnName() {
  char name[16] = {};
  ::pthread_getname_np(::pthread_self(), name, sizeof(name));
  return name;
}

// It grows and shrinks with the number of threads; 0 where there is no such folder.
unsigned long CountLinks() {
  struct stat status{};
  return ::stat(kThreads, &status) == 0 ? status.st_nlink : 0;
}

}  // namespace

absl::Duration ThreadCpuTime() {
  return Read(CLOCK_THREAD_CPUTIME_ID).value_or(absl::ZeroDuration());
}

void CpuTime::FindThreads() {
  threads_.clear();
  const std::string own = OwnName();
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(kThreads, error)) {
    const std::string number = entry.path().filename();
    pid_t thread = 0;
    std::from_chars(number.data(), number.data() + number.size(), thread);
    std::string name;
    std::getline(std::ifstream(entry.path() / "comm"), name);
    if (name == own && thread != ::gettid()) {
      threads_.push_back(thread);
    }
  }
}

absl::Duration CpuTime::Read() {
  if (const unsigned long links = CountLinks(); links != links_) {
    links_ = links;
    FindThreads();
  }
  absl::Duration sum = ThreadCpuTime();
  for (const pid_t thread : threads_) {
    if (const std::optional<absl::Duration> one = tideline::Read(ClockOf(thread))) {
      sum += *one;
    } else {
      links_ = 0;  // it has ended
    }
  }
  return sum;
}

}  // namespace tideline
