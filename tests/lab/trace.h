#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "common/base/status.h"
#include "common/base/units.h"

namespace tideline::lab {

// When a recorded link could send, in mahimahi's format: every line is one opportunity to send
// kOpportunity bytes, at that many whole milliseconds from the start, in order; the trace repeats
// with its last line as its period. Immutable, so thread-safe.
class Trace {
 public:
  static constexpr int64_t kOpportunity = 1500;               // bytes
  static constexpr size_t kMaxFile = size_t{64} << 20;        // bytes
  static constexpr uint32_t kMaxMilliseconds = 24 * 3600000;  // of one period

  // Errors: InvalidArgument with the line that is not as the format says.
  static absl::StatusOr<std::shared_ptr<const Trace>> Parse(std::string_view text);
  // Blocks. Errors: those of reading a file and of Parse, with the path.
  static absl::StatusOr<std::shared_ptr<const Trace>> Read(const std::string& path);

  // When opportunity `index` comes, from the start of the trace; any index from 0 on.
  absl::Duration At(int64_t index) const;
  // The first opportunity that comes at `since_start` or later.
  int64_t FirstFrom(absl::Duration since_start) const;
  BitRate mean_rate() const;
  // Opportunities of one period; the last one comes at its end.
  int64_t size() const { return static_cast<int64_t>(milliseconds_.size()); }

 private:
  explicit Trace(std::vector<uint32_t> milliseconds) : milliseconds_(std::move(milliseconds)) {}

  int64_t period() const { return milliseconds_.back(); }  // milliseconds

  std::vector<uint32_t> milliseconds_;  // not empty, never falling, the last one above 0
};

}  // namespace tideline::lab
