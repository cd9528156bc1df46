#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "common/base/clock.h"
#include "common/telemetry/log_limit.h"
#include "protocol/client/callback_queue.h"
#include "protocol/client/hand_shake.h"
#include "protocol/client/open_request.h"
#include "protocol/client/pulse.h"
#include "protocol/client/session.h"
#include "protocol/transport/assembler.h"
#include "protocol/transport/chunk_sender.h"

namespace tideline {

// The one implementation of Session: session.cc has its connection, session_incoming.cc what the
// cloud sends, session_requests.cc its requests, session_stream.cc those that are sent while they
// are encoded, session_profile.cc its questions for profiles. I/O thread only.
class SessionImpl final : public Session, private FrameHandler {
 public:
  SessionImpl(boost::asio::io_context& io, std::unique_ptr<Transport> transport,
              SessionOptions options);
  ~SessionImpl() override;

  uint64_t Submit(Submission submission, ReplyCallback done) override;
  uint64_t Begin(Submission submission, ReplyCallback done) override;
  bool CanBegin() const override;
  bool Extend(uint64_t id, size_t tensor, Bytes bytes) override;
  void Close(uint64_t id) override;
  uint64_t AskProfile(uint16_t model, absl::Duration budget, ReplyCallback done) override;
  uint64_t Cancel(uint64_t id) override;
  LinkState state() const override { return state_; }
  const std::string& reason() const override { return reason_; }
  absl::Status ModelReady(uint16_t index) const override;
  const std::optional<wire::Welcome>& welcome() const override { return welcome_; }
  LinkStatistics statistics() const override;
  void OnStateChange(std::function<void(LinkState)> callback) override;
  void OnLinkSample(std::function<void(const LinkSample&)> callback) override {
    on_link_sample_ = std::move(callback);
  }
  void SetModels(std::vector<wire::ModelIdentity> models) override;
  void Drain() override;

 private:
  void OnFrame(const Peer& peer, Frame frame) override;
  void OnConnected() override;
  void OnDisconnected(const std::string& reason) override;

  // Connection.
  absl::Status Send(const wire::Header& header, Bytes payload = {});
  void Tick();
  void ScheduleTick();
  void SayHello();
  void Lose(LinkState state, const std::string& reason);
  void Break(const absl::Status& why);
  void SetState(LinkState state, std::string reason);
  bool MayLog() { return log_limit_.Allow().has_value(); }

  // What the cloud sends.
  void Handle(const wire::Header& header, const Bytes& payload);
  void OnWelcome(const wire::Welcome& welcome);
  void OnRefusal(const wire::Refusal& refusal);
  void OnHeartbeat(const wire::Heartbeat& heartbeat);
  void OnAck(const wire::Ack& ack);
  void TellOfWaiting(MonotonicTime now);
  void Tell(const LinkSample& sample) {
    if (on_link_sample_) {
      on_link_sample_(sample);
    }
  }
  void OnResult(const wire::Result& result);
  void OnChunk(const wire::Chunk& chunk, const Bytes& payload);

  // Requests.
  absl::Status CheckState(absl::Duration budget) const;
  uint64_t Start(Submission submission, bool begun, ReplyCallback done);
  absl::Status Announce(uint64_t id, Submission submission, bool begun, OpenRequest& open);
  void OnAllSent(uint64_t id, const std::vector<uint64_t>& bytes);
  std::unique_ptr<boost::asio::steady_timer> After(absl::Duration time,
                                                   std::function<void()> callback);
  void StartBudget(uint64_t id, OpenRequest& open, absl::Duration budget);
  absl::Duration OnTheWay(absl::Duration left) const;
  void CutShortInTime(uint64_t id, OpenRequest& open);
  void CutShort(uint64_t id, OpenRequest& open);
  void Complete(uint64_t id, std::vector<Bytes> encoded);
  uint64_t Fail(uint64_t id, const absl::Status& why);
  uint64_t FailOnBothSides(uint64_t id, const absl::Status& why);
  void FailAll(const absl::Status& why);
  uint64_t Remove(std::map<uint64_t, OpenRequest>::iterator open);
  void Call(ReplyCallback done, absl::StatusOr<Reply> reply);

  static constexpr absl::Duration kShortestHeartbeat = absl::Milliseconds(10);

  boost::asio::io_context& io_;
  const std::unique_ptr<Transport> transport_;
  // A timer that has expired can't be called back: its handler looks here first.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>();
  SessionOptions options_;
  SystemClock clock_;
  std::mt19937_64 random_;
  boost::asio::steady_timer tick_;
  LogLimit log_limit_;

  LinkState state_ = LinkState::kConnecting;
  std::string reason_;
  std::shared_ptr<std::function<void(LinkState)>> on_state_change_;
  std::function<void(const LinkSample&)> on_link_sample_;

  bool connected_ = false;  // the transport is
  bool live_ = false;       // the cloud has welcomed this session, maybe with other models
  bool draining_ = false;
  wire::Hello hello_;           // the latest
  bool hello_answered_ = true;  // by a welcome
  MonotonicTime hello_said_at_;
  MonotonicTime hello_again_at_;
  MonotonicTime hello_not_before_;  // after a refusal or nonsense
  MonotonicTime live_since_;
  Backoff unanswered_;  // pauses between hellos without an answer
  Backoff trouble_;     // pauses after sessions that ended in a refusal or nonsense
  std::optional<wire::Welcome> welcome_;
  absl::Duration heartbeat_;
  bool silent_ = false;  // at the latest tick
  Pulse pulse_;
  uint64_t queue_us_ = 0;
  uint64_t bytes_up_ = 0;
  uint64_t bytes_down_ = 0;

  uint64_t last_id_ = 0;  // over all sessions: a late answer finds no other request
  uint64_t open_bytes_ = 0;
  std::map<uint64_t, OpenRequest> open_;
  ChunkSender sender_;
  Assembler assembler_;
  CallbackQueue callbacks_;
};

}  // namespace tideline
