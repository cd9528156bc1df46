#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "common/base/strings.h"
#include "common/telemetry/log.h"
#include "edge/sink/sink.h"

namespace tideline {
namespace {

// One write per record, straight to the device: a reader sees a whole line as soon as it is there.
class JsonLinesSink final : public Sink {
 public:
  JsonLinesSink(SinkOptions options, int descriptor)
      : options_(std::move(options)), descriptor_(descriptor) {}
  ~JsonLinesSink() override {
    if (descriptor_ != STDOUT_FILENO) {
      ::close(descriptor_);
    }
  }
  JsonLinesSink(const JsonLinesSink&) = delete;
  JsonLinesSink& operator=(const JsonLinesSink&) = delete;

  void Write(const Result& result) override {
    // What is left of a record that failed half-way must not spoil the next one.
    const std::string line = (broken_line_ ? "\n" : "") + ResultRecord(result, options_.outputs);
    const absl::Status status = WriteAll(line);
    if (!status.ok()) {
      ++failed_;
      if (!failing_) {
        Log(LogLevel::kError, "sink_failed",
            {{"path", options_.path}, {"id", result.id}, {"error", status}});
      }
    } else if (failing_) {
      Log(LogLevel::kInfo, "sink_recovered", {{"path", options_.path}, {"failed", failed_}});
    }
    failing_ = !status.ok();
  }

  int64_t failed() const override { return failed_; }

 private:
  absl::Status WriteAll(std::string_view line) {
    for (const size_t size = line.size(); !line.empty();) {
      const ssize_t written = ::write(descriptor_, line.data(), line.size());
      if (written < 0 && errno == EINTR) {
        continue;
      }
      if (written < 0) {
        broken_line_ = broken_line_ || line.size() < size;
        return Unavailable("{}: cannot be written: {}", options_.path, std::strerror(errno));
      }
      line.remove_prefix(static_cast<size_t>(written));
    }
    broken_line_ = false;
    return absl::OkStatus();
  }

  const SinkOptions options_;
  const int descriptor_;
  bool broken_line_ = false;  // the file ends in the middle of a record
  bool failing_ = false;      // the last record was not written
  int64_t failed_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Sink>> OpenSink(const SinkOptions& options) {
  int descriptor = STDOUT_FILENO;
  if (options.path != "-") {
    descriptor = ::open(options.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  }
  if (descriptor < 0) {
    const auto code =
        errno == EACCES ? absl::StatusCode::kPermissionDenied : absl::StatusCode::kNotFound;
    return Error(code, "{}: results cannot be written there: {}", options.path,
                 std::strerror(errno));
  }
  return std::make_unique<JsonLinesSink>(options, descriptor);
}

}  // namespace tideline
