#include "edge/link.h"

#include <utility>

#include "protocol/security/keys.h"
#include "protocol/transport/zmq.h"

namespace tideline {

absl::StatusOr<std::unique_ptr<Session>> OpenLink(boost::asio::io_context& io,
                                                  const EdgeConfig& config,
                                                  const Deployment& deployment) {
  if (config.cloud.address.empty()) {
    return nullptr;
  }
  ClientOptions client;
  client.address = config.cloud.address;
  if (config.cloud.security == Security::kCurve) {
    client.security.emplace();
    ASSIGN_OR_RETURN(client.security->keys, security::ReadSecretKey(config.keys.secret));
    ASSIGN_OR_RETURN(client.security->server_key, security::ReadPublicKey(config.cloud.server_key));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Transport> transport, MakeZmqClient(io, std::move(client)));
  SessionOptions options;
  options.edge = config.id;
  options.isa = deployment.model->prepared->Describe().isa;
  options.frontier_rule = {kFrontierRule, kFrontierRule};
  options.models = {deployment.identity()};
  options.max_tensor = static_cast<uint64_t>(config.limits.max_tensor.count);
  return MakeSession(io, std::move(transport), std::move(options));
}

}  // namespace tideline
