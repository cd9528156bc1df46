#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "common/base/clock.h"
#include "edge/deployment.h"
#include "edge/result.h"
#include "partitioner/policy/circuit_breaker.h"
#include "partitioner/policy/controller.h"
#include "partitioner/policy/link_estimator.h"
#include "partitioner/policy/model_correction.h"
#include "partitioner/policy/shadow_budget.h"
#include "partitioner/policy/tail_policy.h"
#include "protocol/client/session.h"

namespace tideline {

// What a running edge knows of its link, of the cloud and of its own speed, and how requests are
// answered in view of that: the policies, with what they are told. Nothing blocks. Thread-safe.
class Adaptation {
 public:
  // `clock` outlives it.
  explicit Adaptation(const Clock& clock);

  // Choices are among those of `deployment` from here on; what is known of the link stays.
  void SetDeployment(const Deployment& deployment);

  // For a request that is admitted now. nullopt where `steering` is not that of the latest
  // deployment (any more).
  std::optional<Decision> Decide(const Steering& steering);

  // The session says whether the cloud can be asked, what its queue is, and what it learns.
  void OnCloud(bool ready);
  void OnLink(const LinkSample& sample, absl::Duration queue);

  // A request of this candidate sent so many bytes; the cloud answered it, or failed to.
  void OnSent(uint64_t bytes);
  void OnAnswer(const Candidate& candidate, const Latency& latency);
  void OnCloudFailed();
  // It was answered here, from the tensors at its cut or from its input.
  void OnLocal(const Candidate& candidate, const Latency& latency, bool from_cut);

  // How many bytes to send in the shadow of a local answer, so that the link stays known; 0: none.
  // They count as sent.
  uint64_t TakeShadow();

  // What is known of the link, for the next start; taken over from one that ended `ago`.
  LinkMemory SaveLink() const;
  void RestoreLink(const LinkMemory& memory, absl::Duration ago);

  // The choice stays as it is while this is so, as far as it can be run.
  void SetPaused(bool paused);
  bool paused() const;

  // What is known of the link now.
  LinkEstimate EstimateLink() const;

  // Changes of the choice since the last deployment.
  int64_t changes() const;

 private:
  Circumstances Now(const LinkEstimate& link) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const Steering> steering_ ABSL_GUARDED_BY(mutex_);  // null: a fixed cut
  std::optional<Controller> controller_ ABSL_GUARDED_BY(mutex_);
  double whole_ns_ ABSL_GUARDED_BY(mutex_) = 0;  // of the network on the edge, by its profile
  LinkEstimator link_ ABSL_GUARDED_BY(mutex_);
  ModelCorrection correction_ ABSL_GUARDED_BY(mutex_);
  LocalMargin margin_ ABSL_GUARDED_BY(mutex_);
  CircuitBreaker breaker_ ABSL_GUARDED_BY(mutex_);
  ShadowBudget shadow_ ABSL_GUARDED_BY(mutex_);
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;
  bool cloud_ready_ ABSL_GUARDED_BY(mutex_) = false;
  bool fresh_ ABSL_GUARDED_BY(mutex_) = true;  // nothing was sent over this connection yet
  absl::Duration queue_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tideline
