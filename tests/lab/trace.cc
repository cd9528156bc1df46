#include "tests/lab/trace.h"

#include <algorithm>
#include <charconv>

#include "common/base/file.h"

namespace tideline::lab {
namespace {

absl::StatusOr<uint32_t> ParseLine(std::string_view line, size_t number, uint32_t previous) {
  uint32_t value = 0;
  const char* end = line.data() + line.size();
  const auto [stop, error] = std::from_chars(line.data(), end, value);
  if (error != std::errc() || stop != end || value > Trace::kMaxMilliseconds) {
    return InvalidArgument("line {}: '{}' is not a time from 0 to {} ms", number,
                           line.substr(0, 20), Trace::kMaxMilliseconds);
  }
  if (value < previous) {
    return InvalidArgument("line {}: {} ms comes after {} ms; the times of a trace never fall",
                           number, value, previous);
  }
  return value;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Trace>> Trace::Parse(std::string_view text) {
  std::vector<uint32_t> milliseconds;
  milliseconds.reserve(std::count(text.begin(), text.end(), '\n') + 1);
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t length = std::min(text.find('\n'), text.size());
    ASSIGN_OR_RETURN(
        const uint32_t value,
        ParseLine(text.substr(0, length), number, milliseconds.empty() ? 0 : milliseconds.back()));
    milliseconds.push_back(value);
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  if (milliseconds.empty() || milliseconds.back() == 0) {
    return InvalidArgument("a trace has at least one line above 0 ms, this one lasts no time");
  }
  return std::shared_ptr<const Trace>(new Trace(std::move(milliseconds)));
}

absl::StatusOr<std::shared_ptr<const Trace>> Trace::Read(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxFile));
  auto trace = Parse(text);
  if (!trace.ok()) {
    return Annotate(trace.status(), path);
  }
  return trace;
}

absl::Duration Trace::At(int64_t index) const {
  return absl::Milliseconds(index / size() * period() + milliseconds_[index % size()]);
}

int64_t Trace::FirstFrom(absl::Duration since_start) const {
  const int64_t wanted = absl::ToInt64Milliseconds(absl::Ceil(since_start, absl::Milliseconds(1)));
  // The end of one period is the start of the next: the earlier one's lines come first.
  const int64_t cycle = std::max<int64_t>(0, (wanted - 1) / period());
  const auto found = std::lower_bound(milliseconds_.begin(), milliseconds_.end(),
                                      static_cast<uint32_t>(wanted - cycle * period()));
  return cycle * size() + (found - milliseconds_.begin());
}

BitRate Trace::mean_rate() const {
  return {8e3 * static_cast<double>(size() * kOpportunity) / static_cast<double>(period())};
}

}  // namespace tideline::lab
