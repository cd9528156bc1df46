#include "partitioner/tool/progress.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

#include <fmt/format.h>

#include "partitioner/tool/table.h"

namespace tideline {
namespace {

constexpr size_t kBarWidth = 30;
constexpr size_t kLabelWidth = 36;
constexpr char kClearLine[] = "\r\x1b[K";

}  // namespace

Progress::Progress(size_t total)
    : total_(std::max<size_t>(total, 1)), terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (terminal_) {
    fmt::print(stderr, "{}", kClearLine);
  }
}

void Progress::Show(size_t done, const std::string& label) {
  if (!terminal_) {
    return;
  }
  const size_t filled = kBarWidth * std::min(done, total_) / total_;
  fmt::print(stderr, "{}[{}{}] {}/{} {}", kClearLine, std::string(filled, '#'),
             std::string(kBarWidth - filled, '.'), done, total_, Shorten(label, kLabelWidth));
  std::fflush(stderr);
}

}  // namespace tideline
