#include "partitioner/tool/progress.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <unistd.h>

#include <fmt/format.h>

#include "partitioner/tool/table.h"

namespace tideline {
namespace {

constexpr size_t kBarWidth = 30;
constexpr size_t kLabelWidth = 36;
constexpr char kClearLine[] = "\r\x1b[K";
constexpr absl::Duration kBetweenDrawings = absl::Milliseconds(100);

bool CanDraw() {
  const char* type = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && (type == nullptr || std::string_view(type) != "dumb");
}

// "12 s left, " once there is something to judge by.
std::string TimeLeft(size_t done, size_t total, absl::Duration spent) {
  if (done == 0 || spent < absl::Seconds(2)) {
    return "";
  }
  const double left =
      absl::ToDoubleSeconds(spent) * static_cast<double>(total - done) / static_cast<double>(done);
  return left < 90 ? fmt::format("{:.0f} s left, ", left)
                   : fmt::format("{:.0f} min left, ", left / 60);
}

}  // namespace

Progress::Progress(size_t total) : total_(std::max<size_t>(total, 1)), terminal_(CanDraw()) {}

Progress::~Progress() {
  if (terminal_) {
    fmt::print(stderr, "{}", kClearLine);
  }
}

void Progress::Show(size_t done, const std::string& label) {
  if (!terminal_ || clock_.Now() < next_) {
    return;
  }
  next_ = clock_.Now() + kBetweenDrawings;
  const size_t behind = std::min(done, total_);
  const size_t filled = kBarWidth * behind / total_;
  fmt::print(stderr, "{}[{}{}] {:>3} % {}{}", kClearLine, std::string(filled, '#'),
             std::string(kBarWidth - filled, '.'), 100 * behind / total_,
             TimeLeft(behind, total_, clock_.Now() - begin_), Shorten(label, kLabelWidth));
  std::fflush(stderr);
}

}  // namespace tideline
