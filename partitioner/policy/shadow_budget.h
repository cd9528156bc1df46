#pragma once

#include "absl/time/time.h"

#include "common/base/clock.h"

namespace tideline {

struct ShadowOptions {
  double bytes_per_second = 4000;  // of the whole run, or
  double share = 0.01;             // of what requests have sent so far, whichever is more
  double burst = 16 * 1024;        // bytes at once
  double least = 4 * 1024;         // bytes below which a rate cannot be seen
  // Between two while the spread of the rate's logarithm is above `uncertain`, and below.
  absl::Duration pause = absl::Seconds(1);
  absl::Duration long_pause = absl::Seconds(4);
  absl::Duration short_pause = absl::Milliseconds(200);  // while ShadowNeed::open_above
  double uncertain = 0.35;
  absl::Duration fresh = absl::Seconds(2);  // what traffic showed since then it shows by itself
};

// What makes a shadow request worth its bytes.
struct ShadowNeed {
  double uncertainty = 0;      // LinkEstimate::uncertainty
  double rate = 0;             // bits per second that the uplink may well have: its upper quantile
  double gain = 0;             // Controller::PossibleGain: what a good link would save, a fraction
  double canary_bytes = 0;     // of a whole request at the cut that would be taken
  bool cloud_unknown = false;  // no request has been answered for long: its speed is old news
  bool open_above = false;     // LinkEstimate::open_above
  // Requests go to the cloud, and show the link where they can; LinkEstimate::age.
  bool traffic = false;
  absl::Duration age = absl::InfiniteDuration();
};

struct Shadow {
  double bytes = 0;     // 0: none now
  bool canary = false;  // a whole request, which the cloud answers, rather than filling

  explicit operator bool() const { return bytes > 0; }
};

// Small requests in the shadow of answers, so that the link's estimate stays fresh where requests
// do not show it: with all of them together never more than ShadowOptions allow. Pure.
// Thread-compatible.
class ShadowBudget {
 public:
  explicit ShadowBudget(MonotonicTime start, const ShadowOptions& options = {})
      : options_(options), start_(start) {}

  // A request sent so many bytes: others may follow.
  void OnSent(double bytes) { sent_ += bytes; }

  // Whether it is time for one, whatever it is worth: `need.gain` is not looked at.
  bool IsDue(MonotonicTime now, const ShadowNeed& need) const;
  // What to send now, where nothing else is on its way. Where something is, call OnShadow.
  Shadow Propose(MonotonicTime now, const ShadowNeed& need) const;
  // Whether a canary of so many bytes may go beside requests of its size, which a cloud answers: it
  // may be larger than a burst, as the link takes such all the time.
  bool AllowsBeside(MonotonicTime now, double bytes) const;
  // It was sent.
  void OnShadow(MonotonicTime now, double bytes);

  // Bytes that may be sent now.
  double Allowance(MonotonicTime now) const;
  double spent() const { return spent_; }

 private:
  double Left(MonotonicTime now) const;

  ShadowOptions options_;
  MonotonicTime start_;
  MonotonicTime latest_ = -absl::InfiniteDuration();
  double sent_ = 0;
  double spent_ = 0;
};

}  // namespace tideline
