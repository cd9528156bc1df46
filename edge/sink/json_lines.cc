#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/sink/sink.h"

namespace tideline {
namespace {

// A pipe with any room takes as much without blocking.
constexpr size_t kPipeWrite = 4096;

// One write per record, straight to the device: a reader sees a whole line as soon as it is there.
// What is no file is written in pieces, each when there is room for it.
class JsonLinesSink final : public Sink {
 public:
  JsonLinesSink(std::string path, int descriptor)
      : path_(std::move(path)), descriptor_(descriptor), is_file_(S_ISREG(State().st_mode)) {
    broken_line_ = is_file_ && EndsInLine();
  }
  ~JsonLinesSink() override {
    if (descriptor_ != STDOUT_FILENO) {
      ::close(descriptor_);
    }
  }
  JsonLinesSink(const JsonLinesSink&) = delete;
  JsonLinesSink& operator=(const JsonLinesSink&) = delete;

  absl::Status Write(const Record& record) override {
    if (half_ && (half_->id != record.id || half_->size != State().st_size)) {
      broken_line_ = !is_file_ || half_->size == State().st_size || EndsInLine();
      half_.reset();
    }
    if (broken_line_) {
      size_t none = 0;
      RETURN_IF_ERROR(WriteFrom(none, "\n"));
      broken_line_ = false;
    }
    size_t written = half_ ? half_->written : 0;
    const absl::Status status = WriteFrom(written, record.line);
    half_.reset();
    if (!status.ok() && written > 0) {
      half_ = {.id = record.id, .written = written, .size = State().st_size};
    }
    return status;
  }

  absl::Status Sync() override {
    // What has nothing to sync says one of these.
    if (::fdatasync(descriptor_) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP) {
      return absl::OkStatus();
    }
    return Unavailable("{}: cannot be synced: {}", path_, std::strerror(errno));
  }

 private:
  // The record that the device ends with the beginning of.
  struct Half {
    std::string id;
    size_t written = 0;
    off_t size = 0;  // of the file then: another one now, and somebody else has written or cut it
  };

  struct stat State() const {
    struct stat state{};
    ::fstat(descriptor_, &state);
    return state;
  }

  // The file ends in the middle of a line, as a crash may leave it. Where that cannot be read it is
  // taken for whole.
  bool EndsInLine() const {
    const char* path = path_ == "-" ? "/proc/self/fd/1" : path_.c_str();
    const int file = ::open(path, O_RDONLY | O_CLOEXEC);
    char last = '\n';
    const off_t size = file < 0 ? 0 : ::lseek(file, 0, SEEK_END);
    const bool read = size > 0 && ::pread(file, &last, 1, size - 1) == 1;
    if (file >= 0) {
      ::close(file);
    }
    return read && last != '\n';
  }

  // Writes `text` from `written` on, which is moved to where it ended.
  absl::Status WriteFrom(size_t& written, std::string_view text) const {
    while (written < text.size()) {
      const std::string_view rest = text.substr(written, is_file_ ? text.npos : kPipeWrite);
      pollfd wait{.fd = descriptor_, .events = POLLOUT};
      const int patience = static_cast<int>(absl::ToInt64Milliseconds(kReaderPatience));
      if (!is_file_ && ::poll(&wait, 1, patience) == 0) {
        return DeadlineExceeded("{}: nobody takes what is written", path_);
      }
      const ssize_t size = ::write(descriptor_, rest.data(), rest.size());
      if (size < 0 && errno != EINTR && errno != EAGAIN) {
        const auto code =
            errno == EPIPE ? absl::StatusCode::kCancelled : absl::StatusCode::kUnavailable;
        return Error(code, "{}: cannot be written: {}", path_, std::strerror(errno));
      }
      written += static_cast<size_t>(std::max<ssize_t>(size, 0));
    }
    return absl::OkStatus();
  }

  const std::string path_;
  const int descriptor_;
  const bool is_file_;
  bool broken_line_ = false;  // the file ends in a line that is not continued
  std::optional<Half> half_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Sink>> OpenSink(const SinkOptions& options) {
  if (options.kind == SinkKind::kNone) {
    return nullptr;
  }
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
  return std::make_unique<JsonLinesSink>(options.path, descriptor);
}

}  // namespace tideline
