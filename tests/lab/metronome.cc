#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sched.h>
#include <sys/prctl.h>
#include <thread>

// Wakes on one core, before everything else there, every INTERVAL microseconds until the
// thread that started it ends:
//   lab_metronome CORE INTERVAL
// The kernel looks at a CPU quota when the core changes hands, and else only at its tick, which may
// be 4 ms: too coarse for quotas of 1 ms.
int main(int argc, char** argv) {
  const int core = argc == 3 ? std::atoi(argv[1]) : -1;
  const std::chrono::microseconds interval(argc == 3 ? std::atoi(argv[2]) : 0);
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (core < 0 || core >= CPU_SETSIZE || interval.count() < 50) {
    std::cerr << "lab_metronome CORE INTERVAL, with at least 50 microseconds\n";
    return 2;
  }
  CPU_SET(core, &cores);
  const sched_param first{.sched_priority = 10};
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || sched_setaffinity(0, sizeof(cores), &cores) != 0 ||
      sched_setscheduler(0, SCHED_FIFO, &first) != 0) {
    std::cerr << "lab_metronome: may not run before other processes on core " << core << "\n";
    return 1;
  }
  for (auto next = std::chrono::steady_clock::now();; next += interval) {
    std::this_thread::sleep_until(next);
  }
}
