#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <vector>

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

// What a running edge knows of its links, of its clouds and of its own speed, and how requests are
// answered in view of that: the policies, with what they are told. A cloud is called by its place
// among Clouds. Nothing blocks. Thread-safe.
class Adaptation {
 public:
  // `clock` outlives it. There are at most `places` clouds.
  explicit Adaptation(const Clock& clock, size_t places = 1);

  // Choices are among those of `deployment` from here on; what is known of the link stays.
  void SetDeployment(const Deployment& deployment);

  // The cloud that a request which is admitted now is for, and those that it may not go to;
  // `insist`: one whose breaker is open is better than none. nullopt where none can be asked.
  // Whatever comes of it has to be told: Decide, OnAnswered, OnCloudFailed.
  std::optional<size_t> TakeCloud(const std::set<size_t>& without = {}, bool insist = false);
  // How a request for that cloud is answered. nullopt where `steering` is not that of the latest
  // deployment (any more).
  std::optional<Decision> Decide(const Steering& steering, std::optional<size_t> cloud);

  // Another cloud has come to this place: nothing is known of it.
  void OnNewCloud(size_t cloud);
  // A session says whether its cloud can be asked, what its queue is, and what it learns.
  void OnCloud(size_t cloud, bool ready);
  void OnLink(size_t cloud, const LinkSample& sample, absl::Duration queue);

  // A request sent so many bytes; the cloud answered it, or failed to.
  void OnSent(size_t cloud, uint64_t bytes);
  void OnAnswered(size_t cloud);
  void OnCloudFailed(size_t cloud);
  // An answer of the cloud to a request of this candidate was the first.
  void OnAnswer(size_t cloud, const Candidate& candidate, const Latency& latency);
  // It was answered here, from the tensors at its cut or from its input.
  void OnLocal(const Candidate& candidate, const Latency& latency, bool from_cut);

  // How many bytes to send in the shadow of a local answer, and to which cloud, so that its link
  // stays known; 0: none. They count as sent. `canary_bytes` is what a canary takes; 0: none can
  // be.
  struct ShadowBytes {
    size_t cloud = 0;
    uint64_t bytes = 0;
    bool canary = false;
  };
  ShadowBytes TakeShadow(double canary_bytes = 0);
  // How many to send to a cloud that requests go to, while none is on its way, since they show its
  // link only in part; 0: none. They count as sent.
  uint64_t TakeFilling(size_t cloud);
  // A cloud that canaries have barred and that it is time to try again, while another one answers:
  // with a request of so many bytes, which count as sent. nullopt: none.
  std::optional<size_t> TakeCanary(uint64_t bytes);
  // The cloud's answer to a canary was the right one, or was not. A cloud that is wrong several
  // times in a row is asked for nothing but canaries, until one is right.
  void OnCanary(size_t cloud, bool agrees);

  struct Canaries {
    uint64_t answered = 0;
    uint64_t wrong = 0;
    int wrong_in_a_row = 0;  // the latest
    bool barred = false;     // asked for nothing else
  };
  // Of all clouds since the start; the rest is that of none.
  Canaries canaries() const;
  // Of one since it is at its place.
  Canaries canaries(size_t cloud) const;

  // What is known of a link, for the next start; taken over from one that ended `ago`.
  LinkMemory SaveLink(size_t cloud = 0) const;
  void RestoreLink(const LinkMemory& memory, absl::Duration ago, size_t cloud = 0);

  // The choice stays as it is while this is so, as far as it can be run.
  void SetPaused(bool paused);
  bool paused() const;

  // What is known now of the link to the cloud that was asked last.
  LinkEstimate EstimateLink() const;
  // Or to that one.
  LinkEstimate EstimateLink(size_t cloud) const;

  // Changes of the choice since the last deployment, of all clouds together.
  int64_t changes() const;

 private:
  struct Cloud {
    LinkEstimator link;
    CircuitBreaker breaker;
    CircuitBreaker trust;  // by what canaries say
    MonotonicTime answered = -absl::InfiniteDuration();
    ModelCorrection correction;  // of what it computes
    std::optional<Controller> controller;
    uint64_t canaries = 0;
    uint64_t canaries_wrong = 0;
    absl::Duration queue;
    bool ready = false;
    bool fresh = true;  // nothing was sent over this connection yet

    bool IsTrusted(MonotonicTime now) const {
      return trust.state(now) == CircuitBreaker::State::kClosed;
    }
  };

  void StartController(Cloud& cloud) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Circumstances Now(const Cloud& cloud, const LinkEstimate& link) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of a cloud with a controller. Its gain is known where it is time for a shadow request.
  ShadowNeed NeedOf(MonotonicTime now, const Cloud& cloud, const LinkEstimate& link,
                    bool traffic) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const Steering> steering_ ABSL_GUARDED_BY(mutex_);  // null: a fixed cut
  std::vector<Cloud> clouds_ ABSL_GUARDED_BY(mutex_);                 // one at least
  size_t latest_ ABSL_GUARDED_BY(mutex_) = 0;                         // that was taken
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
  double whole_ns_ ABSL_GUARDED_BY(mutex_) = 0;  // of the network on the edge, by its profile
  ModelCorrection correction_ ABSL_GUARDED_BY(mutex_);  // of what the edge computes
  LocalMargin margin_ ABSL_GUARDED_BY(mutex_);
  ShadowBudget shadow_ ABSL_GUARDED_BY(mutex_);
  ControllerOptions options_ ABSL_GUARDED_BY(mutex_);
  Canaries canaries_ ABSL_GUARDED_BY(mutex_);
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tideline
