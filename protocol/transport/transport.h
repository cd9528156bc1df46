#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common/base/bytes.h"
#include "common/base/status.h"

// Moves framed messages between one cloud and its edges. It knows nothing of what they mean.
// Everything here is I/O thread only, and nothing blocks.
namespace tideline {

// Who a message is from or to. A client has one peer, kServer.
using PeerId = uint64_t;
inline constexpr PeerId kServer = 0;

struct Frame {
  std::string header;  // at most wire::kMaxHeader bytes
  Bytes payload;       // may be empty
};

struct Peer {
  PeerId id = kServer;
  std::string user;  // the name its key is listed under; the authenticated identity
};

// Called by the transport. Frames of one peer come in the order in which they were sent.
class FrameHandler {
 public:
  virtual ~FrameHandler() = default;
  virtual void OnFrame(const Peer& peer, Frame frame) = 0;
  // Clients only: the connection came up (a handshake is due) or went away, or an attempt to make
  // one failed in its handshake (then without OnConnected before it).
  virtual void OnConnected() {}
  virtual void OnDisconnected(const std::string& reason) { static_cast<void>(reason); }
};

class Transport {
 public:
  virtual ~Transport() = default;

  // `handler` outlives the transport or is replaced by nullptr first.
  virtual void SetHandler(FrameHandler* handler) = 0;

  // Hands a frame over in order. How much may be on its way is the sender's business (SendWindow);
  // the transport's own bound is a last resort.
  // Errors: Unavailable where there is no such peer or connection, ResourceExhausted at the bound.
  virtual absl::Status Send(PeerId peer, Frame frame) = 0;

  // Forgets a peer and what is queued for it; should it speak again, it is a new peer. On a client
  // the connection is closed without OnDisconnected and made anew: OnConnected follows.
  virtual void Drop(PeerId peer) = 0;
};

}  // namespace tideline
