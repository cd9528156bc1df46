#include "partitioner/profiler/worker.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "absl/strings/numbers.h"

#include "common/base/strings.h"

namespace tideline {
namespace {

constexpr char kThisProgram[] = "/proc/self/exe";
constexpr std::string_view kProgress = "# ";
constexpr std::string_view kError = "! ";

// A child process and the end of the pipe that it writes to.
class Child {
 public:
  static absl::StatusOr<Child> Start(std::vector<std::string> arguments) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
      return Internal("no pipe: {}", std::strerror(errno));
    }
    std::vector<char*> argv;
    for (std::string& argument : arguments) {
      argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
    Child child;
    const int error = ::posix_spawn(&child.process_, kThisProgram, &actions, /*attrp=*/nullptr,
                                    argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[1]);
    child.output_ = ::fdopen(pipe[0], "r");
    if (error != 0) {
      child.process_ = 0;
      return Internal("{} cannot be started: {}", kThisProgram, std::strerror(error));
    }
    return child;
  }

  Child(Child&& other) noexcept
      : process_(std::exchange(other.process_, 0)),
        output_(std::exchange(other.output_, nullptr)) {}
  Child& operator=(Child&&) = delete;
  // A process that still runs is stopped.
  ~Child() {
    if (output_ != nullptr) {
      std::fclose(output_);
    }
    if (process_ > 0) {
      ::kill(process_, SIGTERM);
      Wait();
    }
  }

  // The next line with its end; "" behind the last.
  std::string ReadLine() {
    char* line = nullptr;
    size_t capacity = 0;
    const ssize_t length = ::getline(&line, &capacity, output_);
    std::string text = length > 0 ? std::string(line, static_cast<size_t>(length)) : "";
    std::free(line);
    return text;
  }

  // The status that waitpid gives.
  int Wait() {
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = 0;
    return status;
  }

 private:
  Child() = default;

  pid_t process_ = 0;
  std::FILE* output_ = nullptr;
};

// "0.25 features.3"
void Report(const std::string& text, const WorkerReport& report) {
  const size_t blank = text.find(' ');
  double done = 0;
  if (blank != std::string::npos && absl::SimpleAtod(text.substr(0, blank), &done) && done >= 0) {
    report(std::min(done, 1.0), text.substr(blank + 1));
  }
}

// "5 no such thing"
absl::Status ToStatus(const std::string& text) {
  const size_t blank = text.find(' ');
  int code = 0;
  if (blank == std::string::npos || !absl::SimpleAtoi(text.substr(0, blank), &code) || code <= 0 ||
      code > static_cast<int>(absl::StatusCode::kUnauthenticated)) {
    return Internal("{}", text);
  }
  return {static_cast<absl::StatusCode>(code), text.substr(blank + 1)};
}

absl::Status Ended(int status) {
  return WIFSIGNALED(status)
             ? Internal("the process that measures was ended by signal {} ({}){}", WTERMSIG(status),
                        ::strsignal(WTERMSIG(status)),
                        WTERMSIG(status) == SIGKILL ? "; did memory run out?" : "")
             : Internal("the process that measures ended with status {} and no result",
                        WEXITSTATUS(status));
}

}  // namespace

absl::StatusOr<std::string> RunWorker(const std::vector<std::string>& arguments, size_t limit,
                                      const WorkerReport& report) {
  ASSIGN_OR_RETURN(Child child, Child::Start(arguments));
  std::string result;
  absl::Status error;
  for (std::string line = child.ReadLine(); !line.empty(); line = child.ReadLine()) {
    if (line.starts_with(kProgress) || line.starts_with(kError)) {
      const std::string text = line.substr(kProgress.size(), line.find('\n') - kProgress.size());
      line.starts_with(kError) ? error.Update(ToStatus(text)) : Report(text, report);
      continue;
    }
    result += line;
    if (result.size() > limit) {
      return ResourceExhausted("the process that measures wrote more than {} bytes", limit);
    }
  }
  const int status = child.Wait();
  RETURN_IF_ERROR(error);
  if (status != 0 || result.empty()) {
    return Ended(status);
  }
  return result;
}

void WriteProgress(double done, const std::string& label, std::ostream& out) {
  out << fmt::format("{}{:.3f} {}\n", kProgress, done, label) << std::flush;
}

void WriteResult(const absl::StatusOr<std::string>& result, std::ostream& out) {
  if (result.ok()) {
    out << *result << std::flush;
    return;
  }
  std::string text(result.status().message());
  std::ranges::replace(text, '\n', ' ');
  out << fmt::format("{}{} {}\n", kError, static_cast<int>(result.status().code()), text)
      << std::flush;
}

}  // namespace tideline
