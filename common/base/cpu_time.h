#pragma once

#include <sys/types.h>
#include <vector>

#include "absl/time/time.h"

namespace tideline {

// What the calling thread has computed so far.
absl::Duration ThreadCpuTime();

// What the calling thread has computed so far, with the threads that it has started: those of its
// name, which Linux gives them. An engine's pool is among them where it belongs to the thread that
// runs the engine (OpenMP); two readings around a Run then tell what it took. One object belongs to
// one thread. A reading takes microseconds, and 100 more where a thread began or ended since.
class CpuTime {
 public:
  absl::Duration Read();

 private:
  void FindThreads();

  std::vector<pid_t> threads_;  // without the calling one
  unsigned long links_ = 0;     // of the process's folder of threads, when they were looked for
};

}  // namespace tideline
