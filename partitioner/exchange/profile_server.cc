#include "partitioner/exchange/profile_server.h"

#include <algorithm>
#include <utility>

#include "common/base/overloaded.h"
#include "common/program/frontier.h"

namespace tideline {
namespace {

constexpr uint32_t kHeartbeatMs = 1000;
constexpr uint64_t kMostQueued = 4 * kMaxProfileBytes;  // per client

}  // namespace

ProfileServer::ProfileServer(Transport& transport, const ServedProfiles& profiles, std::string id)
    : transport_(transport), profiles_(profiles), id_(std::move(id)) {
  transport_.SetHandler(this);
}

ProfileServer::~ProfileServer() { transport_.SetHandler(nullptr); }

void ProfileServer::OnFrame(const Peer& peer, Frame frame) {
  Client& client = FindOrAdd(peer.id);
  client.heard = clock_.Now();
  const absl::StatusOr<wire::Header> header =
      wire::DecodeHeader(std::as_bytes(std::span(frame.header)));
  if (!header.ok()) {
    Break(peer.id, client, header.status());
    return;
  }
  Handle(peer.id, client, *header);
}

// A new client takes the place of the one that was silent for longest, where there are many.
ProfileServer::Client& ProfileServer::FindOrAdd(PeerId peer) {
  if (const auto found = clients_.find(peer); found != clients_.end()) {
    return found->second;
  }
  if (clients_.size() >= kMostPeers) {
    const auto silent = std::ranges::min_element(
        clients_, {}, [](const auto& entry) { return entry.second.heard; });
    transport_.Drop(silent->first);
    clients_.erase(silent);
  }
  Client& client = clients_[peer];
  client.sender = std::make_unique<ChunkSender>(
      [this, peer](const wire::Chunk& chunk, Bytes payload) {
        return Send(peer, chunk, std::move(payload));
      },
      kMostQueued);
  return client;
}

void ProfileServer::Handle(PeerId peer, Client& client, const wire::Header& header) {
  if (!client.greeted && !std::holds_alternative<wire::Hello>(header)) {
    if (!client.refused) {
      Break(peer, client, FailedPrecondition("a {} came before the hello", wire::Name(header)));
    }
    return;
  }
  std::visit(
      Overloaded{
          [&](const wire::Hello& hello) { OnHello(peer, client, hello); },
          [&](const wire::ProfileRequest& request) { OnProfileRequest(peer, client, request); },
          [&](const wire::Ack& ack) {
            if (const absl::Status status = client.sender->OnAck(clock_.Now(), ack); !status.ok()) {
              Break(peer, client, status);
            }
          },
          [&](const wire::Cancel& cancel) { client.sender->Cancel(cancel.request); },
          [&](const wire::Heartbeat& heartbeat) {
            if (heartbeat.sent_us != 0) {
              Send(peer, wire::Heartbeat{.echo = heartbeat.sent_us}).IgnoreError();
            }
          },
          [](const wire::Goodbye&) {},
          [&](const auto&) {
            Break(peer, client,
                  InvalidArgument("a {} is not for tideline profile --serve, which "
                                  "runs no network; start tideline-cloud",
                                  wire::Name(header)));
          }},
      header);
}

void ProfileServer::OnHello(PeerId peer, Client& client, const wire::Hello& hello) {
  if (!wire::SameSession(hello.session, client.hello.session)) {
    client.sender->Reset();
    client.last_request = 0;
  }
  const absl::StatusOr<wire::Welcome> welcome = MakeWelcome(hello);
  if (!welcome.ok()) {
    Break(peer, client, welcome.status());
    return;
  }
  client.hello = hello;
  client.greeted = true;
  client.refused = false;
  Send(peer, *welcome).IgnoreError();
}

// No bytes are accepted: requests have none to send them with.
absl::StatusOr<wire::Welcome> ProfileServer::MakeWelcome(const wire::Hello& hello) const {
  ASSIGN_OR_RETURN(wire::Welcome welcome,
                   wire::BeginWelcome(hello, {kFrontierRule, kFrontierRule}));
  welcome.cloud = id_;
  welcome.heartbeat_ms = kHeartbeatMs;
  welcome.models.assign(hello.models.size(),
                        {wire::ModelState::kFailed, "only profiles are served here"});
  return welcome;
}

absl::StatusOr<const ServedProfile*> ProfileServer::Choose(
    const Client& client, const wire::ProfileRequest& request) const {
  if (request.model >= client.hello.models.size()) {
    return FailedPrecondition("profile request {}: model {} of a hello with {}", request.request,
                              request.model, client.hello.models.size());
  }
  const wire::ModelIdentity& model = client.hello.models[request.model];
  const ServedProfile* profile = profiles_.Find(model.sha256, model.frontier_hash);
  if (profile == nullptr) {
    return NotFound(
        "no profile of this very model '{}' is served here (SHA-256 {:.12}…); run "
        "tideline profile on the same files",
        model.name, ToHex(model.sha256));
  }
  return profile;
}

void ProfileServer::OnProfileRequest(PeerId peer, Client& client,
                                     const wire::ProfileRequest& request) {
  if (request.request <= client.last_request) {
    Break(peer, client,
          InvalidArgument("request {} comes after request {}; ids ascend", request.request,
                          client.last_request));
    return;
  }
  client.last_request = request.request;
  const absl::StatusOr<const ServedProfile*> profile = Choose(client, request);
  absl::Status status = profile.status();
  if (status.ok()) {
    status =
        Send(peer, wire::Result{.request = request.request, .tensors = {(*profile)->description}});
  }
  if (status.ok()) {
    status = client.sender->Add(clock_.Now(), request.request, {(*profile)->encoded});
  }
  if (!status.ok()) {
    Refuse(peer, request.request, status);
  }
}

void ProfileServer::Refuse(PeerId peer, uint64_t request, const absl::Status& why) {
  wire::Refusal refusal;
  refusal.request = request;
  refusal.code = static_cast<uint8_t>(why.code());
  refusal.reason = std::string(why.message());
  Send(peer, refusal).IgnoreError();
}

void ProfileServer::Break(PeerId peer, Client& client, const absl::Status& why) {
  client.greeted = false;
  client.refused = true;
  client.hello = {};
  client.last_request = 0;
  client.sender->Reset();
  Refuse(peer, /*request=*/0, why);
}

absl::Status ProfileServer::Send(PeerId peer, const wire::Header& header, Bytes payload) {
  ASSIGN_OR_RETURN(std::string bytes, wire::EncodeHeader(header));
  return transport_.Send(peer, {std::move(bytes), std::move(payload)});
}

}  // namespace tideline
