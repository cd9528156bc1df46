#include "protocol/transport/peer_table.h"

namespace tideline {

std::optional<Peer> PeerTable::Heard(const std::string& routing, const std::string& user) {
  const auto known = peers_.find(routing);
  if (known != peers_.end() && known->second.peer.user == user) {
    known->second.heard = ++messages_;
    return known->second.peer;
  }
  if (known != peers_.end()) {
    Forget(known->second.peer.id);
  }
  if (peers_.size() >= limit_ && !EvictOneOf(user)) {
    return std::nullopt;
  }
  const Peer peer{.id = ++last_id_, .user = user};
  peers_[routing] = {peer, ++messages_};
  routing_[peer.id] = routing;
  return peer;
}

const std::string* PeerTable::Routing(PeerId id) const {
  const auto found = routing_.find(id);
  return found == routing_.end() ? nullptr : &found->second;
}

void PeerTable::Forget(PeerId id) {
  if (const auto found = routing_.find(id); found != routing_.end()) {
    peers_.erase(found->second);
    routing_.erase(found);
  }
}

bool PeerTable::EvictOneOf(const std::string& user) {
  const Entry* silent = nullptr;
  for (const auto& [routing, entry] : peers_) {
    if (entry.peer.user == user && (silent == nullptr || entry.heard < silent->heard)) {
      silent = &entry;
    }
  }
  if (silent == nullptr) {
    return false;
  }
  Forget(PeerId{silent->peer.id});
  return true;
}

}  // namespace tideline
