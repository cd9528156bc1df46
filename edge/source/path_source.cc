#include "edge/source/path_source.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "edge/source/files.h"
#include "edge/source/pacer.h"

namespace tideline {
namespace {

class PathSource final : public Source {
 public:
  PathSource(SourceOptions options, int descriptor, int stop_event)
      : options_(std::move(options)),
        descriptor_(descriptor),
        stop_event_(stop_event),
        pacer_(options_.rate) {}
  ~PathSource() override { ::close(stop_event_); }
  PathSource(const PathSource&) = delete;
  PathSource& operator=(const PathSource&) = delete;

  std::optional<SourceFrame> Next() override {
    std::optional<std::string> line = NextLine();
    while (line && line->empty()) {
      line = NextLine();
    }
    if (!line || !pacer_.Wait(seq_)) {
      return std::nullopt;
    }
    SourceFrame frame;
    frame.source = options_.name;
    frame.seq = seq_++;
    frame.id = fmt::format("{}/{}", options_.name, frame.seq);
    if (line->size() > kMaxPathLine) {
      frame.input =
          InvalidArgument("a line has {} bytes, a path at most {}", line->size(), kMaxPathLine);
    } else {
      frame.name = *line;
      frame.input = ReadInput(*line);
    }
    return frame;
  }

  void Stop() override {
    pacer_.Stop();
    const uint64_t one = 1;
    static_cast<void>(::write(stop_event_, &one, sizeof(one)));
  }

 private:
  // Without its line feed; nullopt at the end. Of a line that is too long the rest is not kept.
  std::optional<std::string> NextLine() {
    std::string line;
    while (true) {
      const size_t end = buffer_.find('\n');
      const size_t taken = std::min(end, buffer_.size());
      line += buffer_.substr(0, taken);
      buffer_.erase(0, end == std::string::npos ? taken : taken + 1);
      line.resize(std::min(line.size(), kMaxPathLine + 1));
      if (end != std::string::npos) {
        return line;
      }
      if (!Fill()) {
        return line.empty() ? std::nullopt : std::optional(std::move(line));
      }
    }
  }

  // Waits for more input; false at its end and after Stop.
  bool Fill() {
    std::array<pollfd, 2> wait = {
        {{.fd = descriptor_, .events = POLLIN}, {.fd = stop_event_, .events = POLLIN}}};
    while (true) {
      if (::poll(wait.data(), wait.size(), /*timeout=*/-1) < 0 && errno != EINTR) {
        return false;
      }
      if (wait[1].revents != 0) {
        buffer_.clear();
        return false;
      }
      std::array<char, 4096> chunk;
      const ssize_t size =
          wait[0].revents != 0 ? ::read(descriptor_, chunk.data(), chunk.size()) : -1;
      if (size > 0) {
        buffer_.append(chunk.data(), static_cast<size_t>(size));
      }
      if (size >= 0 || (wait[0].revents != 0 && errno != EINTR && errno != EAGAIN)) {
        return size > 0;
      }
    }
  }

  const SourceOptions options_;
  const int descriptor_;
  const int stop_event_;
  Pacer pacer_;
  std::string buffer_;  // read, but not yet given out
  uint64_t seq_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Source>> OpenPathSource(const SourceOptions& options,
                                                       int descriptor) {
  const int stop_event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop_event < 0) {
    return ResourceExhausted("source {}: no event descriptor: {}", options.name,
                             std::strerror(errno));
  }
  return std::make_unique<PathSource>(options, descriptor, stop_event);
}

}  // namespace tideline
