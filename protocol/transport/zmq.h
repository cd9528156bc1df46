#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>

#include "common/base/status.h"
#include "protocol/security/keys.h"
#include "protocol/transport/transport.h"

// The transport that ships: ZeroMQ over TCP, CURVE unless both ends are on this machine. A ROUTER
// for the cloud and a DEALER for the edge (FORMAT.md section 1). Each owns its ZeroMQ context.
namespace tideline {

struct ServerSecurity {
  security::KeyPair keys;
  std::string allow_list;  // directory of the public keys that may connect
};

struct ServerOptions {
  std::string address;                     // "tcp://0.0.0.0:8002"; port 0 takes a free one
  std::optional<ServerSecurity> security;  // none: plaintext, loopback addresses only
  size_t max_peers = 1024;                 // connections that are known at once
};

struct ClientSecurity {
  security::KeyPair keys;
  std::string server_key;  // the cloud's public key
};

struct ClientOptions {
  std::string address;                     // "tcp://cloud.example:8002"
  std::optional<ClientSecurity> security;  // none: plaintext, loopback addresses only
};

struct ServerCounts {
  uint64_t frames_received = 0;
  uint64_t frames_refused = 0;     // too many parts, sizes over their limits
  uint64_t peers_refused = 0;      // over max_peers
  uint64_t handshakes_failed = 0;  // of whatever reason
};

// I/O thread only.
class ServerTransport : public Transport {
 public:
  // Where it listens, with the real port: "tcp://127.0.0.1:40123".
  virtual const std::string& address() const = 0;
  virtual const ServerCounts& counts() const = 0;
};

// Listens before it returns. A peer is one connection of one user. Where max_peers is reached, a
// new connection takes the place of its own user's most silent one or is not heard. Drop forgets
// the peer; what ZeroMQ holds for it already cannot be called back, and should it speak again it is
// a new peer. Nothing tells that a peer went away except its silence.
// Errors: InvalidArgument for an address, or plaintext beyond loopback; FailedPrecondition without
// CURVE in libzmq; NotFound, PermissionDenied or ResourceExhausted for the allow-list; Unavailable
// where the port is taken.
absl::StatusOr<std::unique_ptr<ServerTransport>> MakeZmqServer(boost::asio::io_context& io,
                                                               const ServerOptions& options);

// Connects in the background and, with growing pauses, again and again. OnDisconnected also comes
// for each attempt whose handshake failed, with the reason. What was handed over and not sent is
// lost with its connection, never replayed. Drop(kServer) closes the connection without a callback
// and makes a new one. Errors: InvalidArgument, FailedPrecondition as above.
absl::StatusOr<std::unique_ptr<Transport>> MakeZmqClient(boost::asio::io_context& io,
                                                         ClientOptions options);

}  // namespace tideline
