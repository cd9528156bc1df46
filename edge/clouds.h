#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"

#include "common/base/steady_mutex.h"
#include "edge/deployment.h"
#include "partitioner/policy/rate_control.h"
#include "protocol/client/session.h"

namespace tideline {

// The clouds that an edge may ask: a session with each, all of them shaken hands, and what has to
// be known of each to encode for it. Which one a request goes to is Adaptation's choice. A cloud is
// called by its place, from 0. Created and destroyed while the I/O loop does not run; whoever set a
// listener has called Close before it goes.
class Clouds {
 public:
  // The most clouds of one edge.
  static constexpr size_t kMost = 16;

  // I/O thread.
  struct Listener {
    std::function<void(size_t cloud)> on_replaced = {};  // another one is at its place
    std::function<void(size_t cloud, bool ready)> on_ready;
    std::function<void(size_t cloud, const LinkSample& sample)> on_sample;
  };

  // There will be at most `places` of them.
  explicit Clouds(size_t places) : clouds_(places) {}

  size_t places() const { return clouds_.size(); }

  // I/O thread, or before it runs.
  void SetListener(Listener listener) { listener_ = std::move(listener); }
  // A cloud at a free place, or in the place of one that is away; false where there is none.
  bool Add(std::string address, std::unique_ptr<Session> session);
  bool Has(const std::string& address) const;
  // The session at a place; nullptr where there is none.
  Session* session(size_t cloud) const { return clouds_[cloud].session.get(); }
  const std::string& address(size_t cloud) const { return clouds_[cloud].address; }
  // The session that speaks for all: the first one that is ready, or the first of all; nullptr
  // where there is none.
  const Session* foremost() const;
  // Shakes hands anew where it is another model.
  void SetDeployment(std::shared_ptr<const Deployment> deployment);
  // What an answer that was `link` on its way says for the next request.
  void LearnFrom(size_t cloud, const Reply& reply, absl::Duration link);
  // Ends all sessions; what is open fails.
  void Close();

  // Thread-safe.
  bool IsReady(size_t cloud) const;
  bool AnyReady() const;
  // Waits until one is ready, at most for `limit`.
  void WaitForOne(absl::Duration limit) const;
  // The ids of calibrated parameters that it has.
  std::vector<uint64_t> Parameters(size_t cloud) const;
  // What may be under way to it unacknowledged; 0 where it takes no request before it is encoded.
  uint64_t streamed_bytes(size_t cloud) const;
  RateConditions conditions(size_t cloud) const;

 private:
  struct Cloud {
    std::string address;
    std::unique_ptr<Session> session;
    bool ready = false;           // as the I/O thread last saw it
    uint64_t streamed_bytes = 0;  // of the welcome, where it takes what is still being encoded
    RateConditions conditions;    // as the last answers had them
    std::vector<uint64_t> parameters;
  };

  bool HasOne() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnState(size_t place, LinkState state);
  void TakeWelcome(Cloud& cloud) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Sessions and addresses are the I/O thread's.
  std::vector<Cloud> clouds_;
  Listener listener_;
  std::shared_ptr<const Deployment> deployment_;
  std::vector<uint64_t> missed_parameters_;  // that a cloud once had not
  mutable SteadyMutex mutex_;                // of the rest of each
};

}  // namespace tideline
