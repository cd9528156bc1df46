#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include <boost/asio/io_context.hpp>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "protocol/messages.h"
#include "protocol/transport/transport.h"

// The client's side of a connection to a cloud: hand-shake, request ids, flow control, deadlines,
// heartbeats. Used by the edge and by `tideline bench`.
namespace tideline {

struct SessionOptions {
  std::string edge;
  std::string cloud;  // its address, for the log
  std::string isa;
  wire::VersionRange frontier_rule;
  std::vector<wire::ModelIdentity> models;
  uint64_t max_tensor = uint64_t{64} << 20;
  absl::Duration heartbeat = absl::Milliseconds(200);  // sent where nothing else was
  absl::Duration away_after = absl::Seconds(1);  // silence after which the cloud counts as away
  absl::Duration retry_first = absl::Milliseconds(500);  // pauses between attempts: they double,
  absl::Duration retry_longest = absl::Seconds(30);      // and chance takes up to half of each
};

// A request whose tensors are encoded already, or will be while it is sent.
struct Submission {
  uint16_t model = 0;
  std::string cut;
  std::vector<EncodedTensor> tensors;  // to begin with: encoded_bytes is the most they may have
  std::vector<Bytes> encoded;          // one per tensor; to begin with: none
  absl::Duration budget = absl::InfiniteDuration();
  // What cannot be in the cloud by then is left out, and the cloud goes on with what it has; for
  // tensors in progressive order alone.
  absl::Duration arrive_within = absl::InfiniteDuration();
};

struct Reply {
  std::vector<EncodedTensor> tensors;
  std::vector<Bytes> encoded;
  wire::Result timing;        // tensors left empty
  absl::Duration encoding;    // from Begin to Close, or to where it was cut short
  absl::Duration round_trip;  // from then, or from Submit, to the last chunk of the answer
  uint64_t bytes_up = 0;      // payload bytes of this request that went out
};
using ReplyCallback = std::function<void(absl::StatusOr<Reply>)>;

enum class LinkState {
  kConnecting,  // no hand-shake yet
  kReady,       // welcome received
  kRefused,     // the cloud refused the hello; reason() says why; tried again with back-off
  kAway,        // silent for away_after, or disconnected
};

struct LinkStatistics {
  absl::Duration rtt = absl::InfiniteDuration();  // smoothed, of heartbeats
  double uplink_bits_per_second = 0;              // measured at the receiver; 0 = not known
  uint64_t bytes_up = 0;                          // payload and headers
  uint64_t bytes_down = 0;
  uint64_t queue_us = 0;  // as the cloud last reported
};

// What the traffic of a session says of its link.
struct LinkSample {
  enum class Kind {
    kUplink,          // `bytes` took `taken` by the cloud's clock
    kUplinkAtLeast,   // likewise, but there was no more to send
    kAcknowledged,    // a short burst, `taken` until it was acknowledged, the round trip included
    kUnacknowledged,  // for `taken` the link had `bytes` to carry, and has not carried all
    kRoundTrip,       // of a heartbeat, while nothing else was on its way
    kSilence,         // a heartbeat has not been answered for `taken`
  };
  Kind kind = Kind::kUplink;
  uint64_t bytes = 0;
  absl::Duration taken;
};

// I/O thread only, its callbacks included; destroying it fails what is open with Cancelled.
class Session {
 public:
  virtual ~Session() = default;

  // Sends a request; `done` is called exactly once, never before Submit returns, with
  //   Unavailable        no connection, or the cloud went away before it answered
  //   DeadlineExceeded   the budget ran out (the cloud is told to cancel)
  //   ResourceExhausted  the cloud refuses for load, text has retry_after
  //   FailedPrecondition the model is not the cloud's (a new hand-shake is needed)
  //   InvalidArgument, DataLoss  the cloud could not read it
  //   Cancelled          by Cancel or the end of the session
  // or the reply. Returns the id for Cancel.
  virtual uint64_t Submit(Submission submission, ReplyCallback done) = 0;
  // The same for a request whose tensors are still being encoded. FailedPrecondition where the
  // cloud speaks no version of the protocol that has it (CanBegin).
  virtual uint64_t Begin(Submission submission, ReplyCallback done) = 0;
  virtual bool CanBegin() const = 0;
  // The next bytes of one of its tensors, which come in order. False where no more are wanted: it
  // is over, or was cut short. InvalidArgument is its answer where a tensor exceeds what was
  // announced.
  virtual bool Extend(uint64_t id, size_t tensor, Bytes bytes) = 0;
  // All its bytes have been given.
  virtual void Close(uint64_t id) = 0;
  // Asks for the cloud's profile of model `model` of the hello; as Submit, and the reply's one
  // tensor is the file. FailedPrecondition where the cloud speaks no version of the protocol that
  // has it, NotFound where it has none.
  virtual uint64_t AskProfile(uint16_t model, absl::Duration budget, ReplyCallback done) = 0;
  // Ends it; returns the payload bytes of it that went out, 0 for one that is over.
  virtual uint64_t Cancel(uint64_t id) = 0;

  virtual LinkState state() const = 0;
  virtual const std::string& reason() const = 0;
  // Whether model `index` of the hello is served, with the cloud's reason where not.
  virtual absl::Status ModelReady(uint16_t index) const = 0;
  // The cloud's last welcome; nullopt before the first.
  virtual const std::optional<wire::Welcome>& welcome() const = 0;
  virtual LinkStatistics statistics() const = 0;

  // Called after every change of state().
  virtual void OnStateChange(std::function<void(LinkState)> callback) = 0;
  // Called with everything that is learnt of the link; it may only look at the session.
  virtual void OnLinkSample(std::function<void(const LinkSample&)> callback) = 0;

  // Shakes hands anew with other models (after a reload): a hello of the same session, so that
  // open requests go on. The indices of later requests mean the new list. kConnecting meanwhile;
  // nothing happens where the models are the same.
  virtual void SetModels(std::vector<wire::ModelIdentity> models) = 0;

  // Says goodbye; Submit fails from here on, open requests go on.
  virtual void Drain() = 0;
};

// A session over `transport`, a client's. `io` outlives the session. It starts to shake hands at
// the transport's first OnConnected.
std::unique_ptr<Session> MakeSession(boost::asio::io_context& io,
                                     std::unique_ptr<Transport> transport, SessionOptions options);

}  // namespace tideline
