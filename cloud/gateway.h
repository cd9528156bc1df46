#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "boost/asio/io_context.hpp"
#include "boost/asio/steady_timer.hpp"

#include "cloud/decoding.h"
#include "cloud/edge_peer.h"
#include "cloud/models.h"
#include "cloud/monitor.h"
#include "cloud/status/status_json.h"
#include "cloud/worker.h"
#include "common/base/clock.h"
#include "common/telemetry/log_limit.h"
#include "protocol/transport/transport.h"

namespace tideline {

struct GatewayOptions {
  std::string id;  // this cloud's name
  std::string version;
  std::string isa;  // of the engine, for the bit-equal promise
  PeerLimits peer;
  uint64_t max_decoding = uint64_t{256} << 20;  // bytes of what is decoded early, for all edges
  size_t max_peers = 4096;
  absl::Duration heartbeat = absl::Milliseconds(200);  // what edges are asked for
  absl::Duration forget_after = absl::Seconds(2);      // ten heartbeats of silence: edge forgotten
};

// What a gateway hands requests to and tells about. All of it outlives the gateway.
struct GatewayParts {
  Transport& transport;
  const ModelSet& models;
  const ServedProfiles& profiles;
  Worker& worker;
  CloudMonitor& monitor;
};

// The cloud's side of the protocol: hand-shake, admission, answers. Whatever an edge sends, the
// others do not notice. gateway.cc has its connections, gateway_requests.cc its requests,
// gateway_status.cc what it tells of itself. I/O thread only; heavy work goes to the decode thread
// and the worker.
class Gateway final : public FrameHandler {
 public:
  // `io` outlives the gateway, which is destroyed when that runs no more.
  Gateway(boost::asio::io_context& io, const GatewayParts& parts, GatewayOptions options);
  ~Gateway() override;

  void OnFrame(const Peer& peer, Frame frame) override;

  // What the status says of this cloud now, but for what is open over HTTP.
  CloudFacts Describe() const;
  // Whether the model can be asked here.
  Health DescribeModel(const ServedModel& model) const;

  // Says goodbye to every edge and closes the worker; calls `done` once, when every admitted
  // request of an edge is answered.
  void Drain(std::function<void()> done);

 private:
  Health DescribeModels(std::vector<CloudFacts::Model>* models) const;
  EdgePeer* FindOrAdd(const Peer& peer);
  void Handle(EdgePeer& peer, const wire::Message& message);
  void OnHello(EdgePeer& peer, const wire::Hello& hello);
  void OnRequest(EdgePeer& peer, const wire::Request& request);
  void OnChunk(EdgePeer& peer, const wire::Chunk& chunk, const Bytes& payload);
  void OnEnd(EdgePeer& peer, const wire::End& end);
  void OnProfileRequest(EdgePeer& peer, const wire::ProfileRequest& request);
  void OnHeartbeat(EdgePeer& peer, const wire::Heartbeat& heartbeat);

  void RunIfOpen(EdgePeer& peer, uint64_t request, bool open,
                 absl::StatusOr<std::optional<Job>> job);
  void Run(EdgePeer& peer, uint64_t request, absl::StatusOr<std::optional<Job>> job);
  void OnDecoded(PeerId id, uint64_t request, absl::StatusOr<DecodedTensors> tensors);
  void OnEnd(const Job& job, JobEnd end);
  void Answer(EdgePeer& peer, const Job& job, TailResult result, MonotonicTime started);
  // Answers one request, open or not, with a refusal; 0 stands for the hello.
  void Refuse(EdgePeer& peer, uint64_t request, const absl::Status& why);
  // The peer broke the protocol: what it sent is forgotten, and it starts again with a hello.
  void Break(EdgePeer& peer, const absl::Status& why);
  absl::Status Send(PeerId peer, const wire::Header& header, Bytes payload = {});
  void Sweep();
  void Forget(MonotonicTime silent_since);
  void FinishDrain();

  boost::asio::io_context& io_;
  Transport& transport_;
  const ModelSet& models_;
  const ServedProfiles& profiles_;
  Worker& worker_;
  CloudMonitor& monitor_;
  const GatewayOptions options_;
  const SystemClock clock_;
  DecodeThread decoder_;  // outlives the peers, which decode on it
  std::map<PeerId, std::unique_ptr<EdgePeer>> peers_;
  std::function<void()> drained_;  // called once, when draining is over
  LogLimit refusal_log_;
  boost::asio::steady_timer sweep_;
  MonotonicTime swept_;  // when silent edges were looked for
};

}  // namespace tideline
