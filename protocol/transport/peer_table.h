#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "protocol/transport/transport.h"

namespace tideline {

// A server's connections: ZeroMQ's routing ids, which their owners choose, to ids that nobody else
// can. Bounded. Thread-compatible.
class PeerTable {
 public:
  explicit PeerTable(size_t limit) : limit_(limit) {}

  // Who is behind a message. A routing id that comes with another user is another peer. In a full
  // table a new connection takes the place of its own user's most silent one; nullopt where its
  // user has none.
  std::optional<Peer> Heard(const std::string& routing, const std::string& user);

  // The routing id; nullptr for who is not known (any more).
  const std::string* Routing(PeerId id) const;

  void Forget(PeerId id);
  size_t size() const { return peers_.size(); }

 private:
  struct Entry {
    Peer peer;
    uint64_t heard = 0;  // the later, the greater
  };
  bool EvictOneOf(const std::string& user);

  size_t limit_;
  PeerId last_id_ = kServer;
  uint64_t messages_ = 0;
  std::unordered_map<std::string, Entry> peers_;     // by routing id
  std::unordered_map<PeerId, std::string> routing_;  // routing id by peer
};

}  // namespace tideline
