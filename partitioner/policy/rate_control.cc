#include "partitioner/policy/rate_control.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace tideline {
namespace {

using Option = RateControl::Option;

bool Beats(const Option& a, const Option& b) {
  return a.accuracy_drop <= b.accuracy_drop && a.bytes <= b.bytes &&
         a.encode + a.decode <= b.encode + b.decode;
}

// Those that no other one beats.
std::vector<Option> Undominated(const std::vector<Option>& options) {
  std::vector<Option> kept;
  for (const Option& option : options) {
    const bool beaten = std::ranges::any_of(options, [&](const Option& other) {
      return Beats(other, option) && (!Beats(option, other) || &other < &option);
    });
    if (!beaten) {
      kept.push_back(option);
    }
  }
  return kept;
}

}  // namespace

absl::StatusOr<RateControl> RateControl::Make(const Calibration& calibration, std::string_view cut,
                                              double accuracy_drop) {
  std::vector<Option> options;
  const CodecRecord* best = nullptr;
  for (const CodecRecord& record : calibration.records) {
    if (record.cut != cut) {
      continue;
    }
    if (best == nullptr || record.accuracy_drop < best->accuracy_drop) {
      best = &record;
    }
    if (record.accuracy_drop > accuracy_drop) {
      continue;
    }
    ASSIGN_OR_RETURN(const CodecSpec codec, ParseCodecSpec(record.codec));
    options.push_back({.codec = codec,
                       .bytes = record.bytes_p95,
                       .encode = absl::Nanoseconds(record.encode_ns),
                       .decode = absl::Nanoseconds(record.decode_ns),
                       .accuracy_drop = record.accuracy_drop});
  }
  if (best == nullptr) {
    return NotFound("nothing is calibrated at cut '{}'; see tideline calibrate --cuts", cut);
  }
  if (options.empty()) {
    return InvalidArgument(
        "no codec at cut '{}' loses at most {:.2f} % of the right answers; the best is {} with up "
        "to {:.2f} %",
        cut, 100 * accuracy_drop, best->codec, 100 * best->accuracy_drop);
  }
  options = Undominated(options);
  std::ranges::stable_sort(options, {}, [](const Option& option) {
    return std::tuple(option.accuracy_drop, option.bytes);
  });
  return RateControl(std::move(options));
}

absl::Duration RateControl::Expected(const Option& option, const RateConditions& conditions) {
  const double bits = 8 * option.bytes;
  const absl::Duration sending = conditions.uplink_bits_per_second > 0
                                     ? absl::Seconds(bits / conditions.uplink_bits_per_second)
                                     : absl::ZeroDuration();
  return option.encode * conditions.edge_slowdown + sending + conditions.rtt + option.decode +
         conditions.cloud;
}

const RateControl::Option& RateControl::Choose(const RateConditions& conditions) const {
  const auto smallest = std::ranges::min_element(options_, {}, &Option::bytes);
  if (conditions.uplink_bits_per_second <= 0) {
    return *smallest;
  }
  const Option* soonest = nullptr;
  absl::Duration least = absl::InfiniteDuration();
  for (const Option& option : options_) {
    if (conditions.max_bytes != 0 && option.bytes > static_cast<double>(conditions.max_bytes)) {
      continue;
    }
    const absl::Duration expected = Expected(option, conditions);
    if (conditions.left != absl::InfiniteDuration() && expected <= conditions.left) {
      return option;
    }
    if (soonest == nullptr || expected < least) {
      soonest = &option;
      least = expected;
    }
  }
  return soonest != nullptr ? *soonest : *smallest;
}

}  // namespace tideline
