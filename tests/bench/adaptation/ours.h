#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "partitioner/policy/controller.h"
#include "partitioner/policy/link_estimator.h"
#include "partitioner/policy/model_correction.h"
#include "partitioner/policy/shadow_budget.h"
#include "tests/bench/adaptation/strategies.h"

namespace tideline::bench {

struct OursOptions {
  TailMode mode = TailMode::kDeadline;
  double deadline_ms = 0;
  bool judge = true;  // fills Answered::possible
};

struct OursResult {
  std::vector<Answered> answers;
  int64_t changes = 0;
  double shadow_bytes = 0;
  double sent_bytes = 0;
};
OursResult RunOurs(const Cell& cell, const OursOptions& options);

// An edge with the production policies in virtual time. It knows what a real one would: heartbeats,
// acknowledgements and answers, each no sooner than it comes.
class Ours {
 public:
  Ours(const Cell& cell, const OursOptions& options);

  OursResult Run();

 private:
  // Something that the edge gets to know at a time.
  struct Event {
    double at = 0;
    std::function<void()> learn;
  };

  Answered Request(double begin, const Draw& draw);
  Answered AnswerHere(double begin, const Draw& draw, int candidate);
  Answered AskBoth(double begin, const Draw& draw, const Decision& decision);
  // Borrows `link`.
  Circumstances Now(const LinkEstimate& link) const;
  // `traffic`: requests go to the cloud.
  void MaybeShadow(double now, bool traffic);

  void At(double at, std::function<void()> learn);
  void LearnUntil(double now);
  void LearnHeartbeats(double now);
  void LearnFrom(const CloudAnswer& answer, const Candidate& candidate);
  void LearnUpload(const Upload& upload);
  void TakeBack(double now, const Upload& upload);

  const Cell& cell_;
  OursOptions options_;
  LinkEstimator estimator_;
  ShadowBudget shadow_;
  ModelCorrection correction_;
  LocalMargin margin_;
  Controller controller_;
  ChannelState channel_;
  double compute_free_ = 0;  // ms
  double next_beat_ = 0;     // ms: of the first heartbeat whose answer is not known yet
  bool away_ = false;
  std::vector<Event> events_;
  // What is not acknowledged yet: bytes and since when.
  double open_bytes_ = 0;
  double open_since_ = 0;
  OursResult result_;
};

}  // namespace tideline::bench
