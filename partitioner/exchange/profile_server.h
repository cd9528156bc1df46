#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "partitioner/exchange/served_profiles.h"
#include "protocol/messages.h"
#include "protocol/transport/chunk_sender.h"
#include "protocol/transport/transport.h"

namespace tideline {

// The cloud's side of the protocol as far as profiles need it, for a machine where no daemon runs:
// hand-shake, heartbeats, profiles. A request for anything else ends its sender's session. I/O
// thread only.
class ProfileServer final : public FrameHandler {
 public:
  static constexpr size_t kMostPeers = 64;

  // `id` is this machine's name. The references outlive the server.
  ProfileServer(Transport& transport, const ServedProfiles& profiles, std::string id);
  ~ProfileServer() override;

  void OnFrame(const Peer& peer, Frame frame) override;

 private:
  struct Client {
    bool greeted = false;
    bool refused = false;  // it was told, since its latest hello, that its session has ended
    wire::Hello hello;
    uint64_t last_request = 0;
    std::unique_ptr<ChunkSender> sender;
    MonotonicTime heard;
  };

  Client& FindOrAdd(PeerId peer);
  void Handle(PeerId peer, Client& client, const wire::Header& header);
  void OnHello(PeerId peer, Client& client, const wire::Hello& hello);
  absl::StatusOr<wire::Welcome> MakeWelcome(const wire::Hello& hello) const;
  absl::StatusOr<const ServedProfile*> Choose(const Client& client,
                                              const wire::ProfileRequest& request) const;
  void OnProfileRequest(PeerId peer, Client& client, const wire::ProfileRequest& request);
  void Refuse(PeerId peer, uint64_t request, const absl::Status& why);
  void Break(PeerId peer, Client& client, const absl::Status& why);
  absl::Status Send(PeerId peer, const wire::Header& header, Bytes payload = {});

  Transport& transport_;
  const ServedProfiles& profiles_;
  const std::string id_;
  const SystemClock clock_;
  std::map<PeerId, Client> clients_;
};

}  // namespace tideline
