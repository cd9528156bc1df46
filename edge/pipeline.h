#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "boost/asio/io_context.hpp"

#include "common/base/clock.h"
#include "common/base/cpu_time.h"
#include "common/base/steady_mutex.h"
#include "common/base/worker_thread.h"
#include "edge/adaptation.h"
#include "edge/clouds.h"
#include "edge/cut_encoder.h"
#include "edge/finish_time.h"
#include "edge/link_keeper.h"
#include "edge/losing_work.h"
#include "edge/pipeline_options.h"
#include "edge/places.h"
#include "edge/request.h"
#include "edge/shadows.h"
#include "edge/stages.h"

namespace tideline {

// Takes frames to results: preprocess, head, encode, cloud, decode, postprocess, sink. Whatever
// happens to the clouds, every admitted frame has exactly one result: from one of them, or finished
// here from the tensors that the request still holds. Whichever comes first is the answer; a finish
// that is too late is stopped. What one cloud fails is asked of another one where no finish has
// begun.
//
// Threads: Admit runs on the source's thread and waits for a free place; heads and local finishes
// on the compute thread, finishes first; the link and every decision on the I/O thread; decoding of
// answers and the sink on the output thread. pipeline_encode.cc has what happens
// between head and link, pipeline_link.cc what concerns the clouds.
class Pipeline {
 public:
  // Takes results one at a time, in the order in which they were answered. Output thread.
  using Emit = std::function<void(Result)>;

  // `clouds` and `io` outlive the pipeline, which ends the sessions: destroy it when the I/O loop
  // has ended.
  Pipeline(boost::asio::io_context& io, Clouds& clouds, PipelineOptions options, Emit emit);
  ~Pipeline();

  // I/O thread, or before it runs. Requests admitted before keep the deployment that they began
  // with.
  void SetDeployment(std::shared_ptr<const Deployment> deployment);

  // Waits until the cloud is there, at most for `limit`. Source thread.
  void WaitForCloud(absl::Duration limit);
  // Waits while as many requests are open as may be. Source thread; not from a job of the pipeline.
  void Admit(SourceFrame frame);
  // Takes a request that somebody waits for: its result goes to `options.done`, not to the sink. As
  // many as of the source may be open beside those; where `automatic` opens fewer than in_flight,
  // the rest of these wait for their turn. Never waits itself. Errors: ResourceExhausted where
  // there are in_flight already, Unavailable after StopGuests. Thread-safe.
  absl::Status TryAdmit(SourceFrame frame, GuestOptions options);
  // TryAdmit refuses from here on. Thread-safe.
  void StopGuests();
  // Waits until every admitted request has its result, at most for `limit`; false if that passed.
  bool WaitIdle(absl::Duration limit);
  // What is in force. Thread-safe.
  std::shared_ptr<const Deployment> deployment();
  // Requests that are open. Thread-safe.
  size_t open();
  // What they hold: what they came as, images for the network, tensors at the cut. Thread-safe.
  uint64_t held_bytes() const { return *held_; }
  // Thread-safe.
  Adaptation& adaptation() { return adaptation_; }
  LosingWork losing_work() const { return losing_.Read(); }

 private:
  bool Streams(size_t cloud, const std::vector<EncodedTensor>& tensors) const;
  RequestPtr NewRequest(SourceFrame frame) const;
  absl::Status HeadAndEncode(const RequestPtr& request);
  absl::Status EncodeAndSend(const RequestPtr& request, const Attempt& attempt);
  absl::Status SendWhileEncoding(const RequestPtr& request, const Attempt& attempt,
                                 CutEncoder& encoder);
  void ChooseWay(Request& request);
  CodecSpec ChooseCodec(const Request& request);
  absl::Duration FinishAfter(const Request& request);
  absl::Duration TimeToArrive(const Request& request);
  Timeline TimesOf(size_t cloud, const Reply& reply) const;
  void LearnFrom(const RequestPtr& request, const Outcome& outcome);
  bool IsAlone();
  void LearnPlaces(const Request& request, const Latency& cloud);
  absl::Status CloudHas(size_t cloud, const ServedModel& model);
  void Start(const RequestPtr& request);
  void Send(const RequestPtr& request, Submission submission, const EncodingTime& encoding);
  void Extend(const RequestPtr& request, int attempt, const EncodedPiece& piece);
  void OnEncoded(const RequestPtr& request, int attempt, absl::Duration took,
                 const absl::Status& status);
  bool Retry(const RequestPtr& request, const absl::Status& why);
  void ArmFinishTimer(const RequestPtr& request);
  void OnReply(const RequestPtr& request, absl::StatusOr<Reply> reply);
  void OnCloudFailed(const RequestPtr& request, const absl::Status& why);
  void StartFinish(const RequestPtr& request);
  void Finish(const RequestPtr& request);
  void Settle(const RequestPtr& request, Outcome outcome);
  void CountLoser(const Request& request, const Outcome& outcome);
  void BeginGuests() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<double> RadioJoulesOf(const Request& request, uint64_t bytes) const;
  bool HasPlace() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return open_ - guests_ < places_.count();
  }
  bool IsIdle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return open_ == 0; }

  boost::asio::io_context& io_;
  Clouds& clouds_;
  const PipelineOptions options_;
  const Emit emit_;
  const SystemClock clock_;
  Adaptation adaptation_;
  std::vector<std::unique_ptr<LinkKeeper>> keepers_;
  LosingWorkMeter losing_;
  // Shared with requests, which may outlive this.
  const std::shared_ptr<std::atomic<uint64_t>> held_ = std::make_shared<std::atomic<uint64_t>>(0);
  CpuTime finish_cpu_;  // compute thread

  SteadyMutex mutex_;
  std::shared_ptr<const Deployment> deployment_ ABSL_GUARDED_BY(mutex_);
  FinishTime finish_time_ ABSL_GUARDED_BY(mutex_);
  size_t open_ ABSL_GUARDED_BY(mutex_) = 0;
  Places places_ ABSL_GUARDED_BY(mutex_);
  size_t guests_ ABSL_GUARDED_BY(mutex_) = 0;                      // of these, by TryAdmit
  std::deque<RequestPtr> waiting_guests_ ABSL_GUARDED_BY(mutex_);  // of these, not begun
  bool no_guests_ ABSL_GUARDED_BY(mutex_) = false;

  Shadows shadows_;
  WorkerThread output_;  // outlives compute_, which posts to the I/O thread
  WorkerThread compute_;
};

}  // namespace tideline
