#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "common/base/status.h"
#include "partitioner/planner/calibration.h"
#include "protocol/codec/codec_spec.h"

// Which codec a request takes at a fixed cut, from what was calibrated there. Pure.
namespace tideline {

// What is known when the head of a request is done. What is not known is left as it is.
struct RateConditions {
  double uplink_bits_per_second = 0;               // 0: nothing has been sent yet
  absl::Duration rtt = absl::ZeroDuration();       // to the cloud and back
  absl::Duration cloud = absl::ZeroDuration();     // queue and tail, as the last answers had them
  absl::Duration left = absl::InfiniteDuration();  // until the answer is due
  uint64_t max_bytes = 0;                          // that this request may send; 0 = no budget
  double edge_slowdown = 1;                        // of encoding, measured over calibrated
};

// Immutable, thread-safe.
class RateControl {
 public:
  // One setting and what it is expected to cost.
  struct Option {
    CodecSpec codec;
    double bytes = 0;  // the 95th percentile of what was calibrated
    absl::Duration encode;
    absl::Duration decode;
    double accuracy_drop = 0;  // upper bound, a fraction
  };

  // The settings of `cut` whose accuracy drop is at most `accuracy_drop`; a setting that another
  // one beats in accuracy, bytes and time alike is left out.
  // Errors: NotFound where the calibration has none for the cut; InvalidArgument where none is
  // accurate enough, with the best there is, and for a codec that does not exist.
  static absl::StatusOr<RateControl> Make(const Calibration& calibration, std::string_view cut,
                                          double accuracy_drop);

  // The most accurate setting that keeps the byte budget and is expected to be answered in the time
  // left; where none is, the one that is answered first among those that keep the byte budget, else
  // the smallest. Without a time limit, the one that is answered first. On a link that nothing has
  // been sent over yet: the smallest.
  const Option& Choose(const RateConditions& conditions) const;

  // From encoding to the answer.
  static absl::Duration Expected(const Option& option, const RateConditions& conditions);

  // Most accurate first; of equal ones the one with fewer bytes.
  std::span<const Option> options() const { return options_; }

 private:
  explicit RateControl(std::vector<Option> options) : options_(std::move(options)) {}

  std::vector<Option> options_;  // at least one
};

}  // namespace tideline
