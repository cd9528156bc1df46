#include "cloud/gateway.h"

#include <utility>

#include "common/base/overloaded.h"
#include "common/telemetry/log.h"

namespace tideline {
namespace {

constexpr absl::Duration kSweep = absl::Seconds(1);  // between two looks for silent edges

}  // namespace

Gateway::Gateway(boost::asio::io_context& io, const GatewayParts& parts, GatewayOptions options)
    : io_(io),
      transport_(parts.transport),
      models_(parts.models),
      profiles_(parts.profiles),
      worker_(parts.worker),
      monitor_(parts.monitor),
      options_(std::move(options)),
      decoder_(io, options_.peer.max_tensor, options_.max_decoding),
      sweep_(io) {
  transport_.SetHandler(this);
  Sweep();
}

Gateway::~Gateway() { transport_.SetHandler(nullptr); }

void Gateway::OnFrame(const Peer& peer, Frame frame) {
  EdgePeer* edge = FindOrAdd(peer);
  if (edge == nullptr) {
    return;
  }
  edge->heard = clock_.Now();
  monitor_.board().OnReceived(frame.header.size() + frame.payload.size());
  absl::StatusOr<wire::Header> header = wire::DecodeHeader(std::as_bytes(std::span(frame.header)));
  if (!header.ok()) {
    Break(*edge, header.status());
    return;
  }
  Handle(*edge, {*std::move(header), std::move(frame.payload)});
}

EdgePeer* Gateway::FindOrAdd(const Peer& peer) {
  if (const auto found = peers_.find(peer.id); found != peers_.end()) {
    return found->second.get();
  }
  if (peers_.size() >= options_.max_peers) {
    if (refusal_log_.Allow()) {
      Log(LogLevel::kWarning, "edge_refused",
          {{"user", peer.user}, {"reason", "too many edges"}, {"limit", options_.max_peers}});
    }
    transport_.Drop(peer.id);
    return nullptr;
  }
  const auto send = [this, id = peer.id](const wire::Chunk& chunk, Bytes payload) {
    return Send(id, chunk, std::move(payload));
  };
  const auto on_decoded = [this, id = peer.id](uint64_t request,
                                               absl::StatusOr<DecodedTensors> tensors) {
    OnDecoded(id, request, std::move(tensors));
  };
  auto edge = std::make_unique<EdgePeer>(peer, options_.peer, send, decoder_, on_decoded);
  edge->traffic = EdgeTraffic(clock_.Now());
  return peers_.emplace(peer.id, std::move(edge)).first->second.get();
}

void Gateway::Handle(EdgePeer& peer, const wire::Message& message) {
  if (!peer.greeted() && !std::holds_alternative<wire::Hello>(message.header)) {
    // Once is enough: the rest of what was on its way tells nothing new.
    if (!peer.refused()) {
      Break(peer, FailedPrecondition("a {} came before the hello", wire::Name(message.header)));
    }
    return;
  }
  std::visit(
      Overloaded{
          [&](const wire::Hello& hello) { OnHello(peer, hello); },
          [&](const wire::Request& request) { OnRequest(peer, request); },
          [&](const wire::Chunk& chunk) { OnChunk(peer, chunk, message.payload); },
          [&](const wire::End& end) { OnEnd(peer, end); },
          [&](const wire::ProfileRequest& request) { OnProfileRequest(peer, request); },
          [&](const wire::Ack& ack) {
            if (const absl::Status status = peer.sender().OnAck(clock_.Now(), ack); !status.ok()) {
              Break(peer, status);
            }
            FinishDrain();
          },
          [&](const wire::Cancel& cancel) {
            worker_.Cancel(peer.peer().id, cancel.request);
            peer.sender().Cancel(cancel.request);
            peer.Close(cancel.request);
            FinishDrain();
          },
          [&](const wire::Heartbeat& heartbeat) { OnHeartbeat(peer, heartbeat); },
          [&](const wire::Goodbye&) {
            peer.OnGoodbye();
            Log(LogLevel::kInfo, "edge_goodbye",
                {{"user", peer.peer().user}, {"edge", peer.name()}});
          },
          [&](const auto&) {
            Break(peer, InvalidArgument("a {} is not for the cloud", wire::Name(message.header)));
          }},
      message.header);
}

void Gateway::OnHello(EdgePeer& peer, const wire::Hello& hello) {
  if (!wire::SameSession(hello.session, peer.session())) {
    worker_.CancelAll(peer.peer().id);
    peer.Forget();
  }
  absl::StatusOr<wire::Welcome> welcome = peer.Greet(hello, models_);
  if (!welcome.ok()) {
    Break(peer, welcome.status());
    return;
  }
  welcome->cloud = options_.id;
  welcome->isa = options_.isa;
  welcome->heartbeat_ms = static_cast<uint32_t>(absl::ToInt64Milliseconds(options_.heartbeat));
  Log(LogLevel::kInfo, "edge_connected",
      {{"user", peer.peer().user}, {"edge", hello.edge}, {"models", hello.models.size()}});
  for (const wire::ModelStatus& model : welcome->models) {
    if (model.state != wire::ModelState::kReady) {
      Log(LogLevel::kWarning, "model_refused",
          {{"user", peer.peer().user}, {"edge", hello.edge}, {"reason", model.reason}});
    }
  }
  Send(peer.peer().id, *welcome).IgnoreError();
}

void Gateway::Refuse(EdgePeer& peer, uint64_t request, const absl::Status& why) {
  peer.Close(request);
  monitor_.OnRefused(why);
  if (const std::optional<uint64_t> suppressed = refusal_log_.Allow()) {
    Log(LogLevel::kWarning, "refused",
        {{"user", peer.peer().user},
         {"edge", peer.name()},
         {"request", request},
         {"reason", why},
         {"not_logged", *suppressed}});
  }
  wire::Refusal refusal;
  refusal.request = request;
  refusal.code = static_cast<uint8_t>(why.code());
  if (absl::IsResourceExhausted(why)) {
    refusal.retry_after_ms =
        static_cast<uint32_t>(absl::ToInt64Milliseconds(worker_.queue().ExpectedWait())) + 1;
  }
  refusal.reason = std::string(why.message()).substr(0, wire::kMaxText);
  Send(peer.peer().id, refusal).IgnoreError();
  FinishDrain();
}

void Gateway::Break(EdgePeer& peer, const absl::Status& why) {
  worker_.CancelAll(peer.peer().id);
  peer.Forget();
  peer.set_refused();
  Refuse(peer, /*request=*/0, why);
}

absl::Status Gateway::Send(PeerId peer, const wire::Header& header, Bytes payload) {
  ASSIGN_OR_RETURN(std::string bytes, wire::EncodeHeader(header));
  monitor_.board().OnSent(bytes.size() + payload.size());
  return transport_.Send(peer, {std::move(bytes), std::move(payload)});
}

// Forgets edges that have been silent for long: a ROUTER does not see a peer die. Where this
// process itself stood still, what came meanwhile is read first.
void Gateway::Sweep() {
  const MonotonicTime now = clock_.Now();
  if (now - std::exchange(swept_, now) < 2 * kSweep) {
    Forget(now - options_.forget_after);
  }
  sweep_.expires_after(absl::ToChronoNanoseconds(kSweep));
  sweep_.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      Sweep();
    }
  });
}

void Gateway::Forget(MonotonicTime silent_since) {
  std::erase_if(peers_, [&](const auto& entry) {
    const EdgePeer& peer = *entry.second;
    if (peer.heard > silent_since) {
      return false;
    }
    Log(LogLevel::kInfo, "edge_forgotten", {{"user", peer.peer().user}, {"edge", peer.name()}});
    worker_.CancelAll(entry.first);
    transport_.Drop(entry.first);
    return true;
  });
  FinishDrain();
}

}  // namespace tideline
