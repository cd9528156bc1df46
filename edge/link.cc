#include "edge/link.h"

#include <algorithm>
#include <utility>

#include "common/telemetry/log.h"
#include "protocol/security/keys.h"
#include "protocol/transport/shaping.h"
#include "protocol/transport/zmq.h"

namespace tideline {
namespace {

constexpr absl::Duration kFindAgain = absl::Seconds(5);

// Everything that is the same for all sessions.
struct Opening {
  boost::asio::io_context& io;
  SessionOptions session;
  std::optional<security::KeyPair> keys;
  LinkShape* shape = nullptr;
};

absl::StatusOr<std::unique_ptr<Session>> Open(const Opening& opening, const std::string& address,
                                              const std::string& server_key) {
  ClientOptions client;
  client.address = address;
  if (opening.keys) {
    client.security = ClientSecurity{.keys = *opening.keys, .server_key = server_key};
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Transport> transport,
                   MakeZmqClient(opening.io, std::move(client)));
  if (opening.shape != nullptr) {
    // Without a burst, as a real link: a deep cut's tensor would fit into one and see no limit.
    transport = std::make_unique<ShapingTransport>(
        opening.io, std::move(transport), ShapingOptions{.burst_bytes = 0}, *opening.shape);
  }
  SessionOptions session = opening.session;
  session.cloud = address;
  return MakeSession(opening.io, std::move(transport), std::move(session));
}

SessionOptions OptionsOf(const EdgeConfig& config, const Deployment& deployment) {
  SessionOptions options;
  options.edge = config.id;
  options.isa = deployment.model->prepared->Describe().isa;
  options.frontier_rule = {kFrontierRule, kFrontierRule};
  options.models = {deployment.identity()};
  options.max_tensor = static_cast<uint64_t>(config.limits.max_tensor.count);
  return options;
}

// One for each address.
absl::StatusOr<std::vector<std::string>> ReadServerKeys(const EdgeConfig& config, size_t count) {
  std::vector<std::string> keys(count);
  if (config.cloud.security != Security::kCurve) {
    return keys;
  }
  const std::vector<std::string>& files = config.cloud.server_key;
  for (size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(keys[i], security::ReadPublicKey(files.size() == 1 ? files[0] : files.at(i)));
  }
  return keys;
}

}  // namespace

CloudFinder::CloudFinder(boost::asio::io_context& io, Clouds& clouds, const std::string& address,
                         OpenSession open)
    : clouds_(clouds),
      name_(EndpointHost(address)),
      port_(EndpointPort(address)),
      open_(std::move(open)),
      resolver_(io),
      timer_(io) {}

void CloudFinder::Find() {
  using boost::asio::ip::tcp;
  resolver_.async_resolve(
      tcp::v4(), name_, port_,
      [this](const boost::system::error_code& error, const tcp::resolver::results_type& results) {
        if (error == boost::asio::error::operation_aborted) {
          return;
        }
        if (error && found_.empty()) {
          Log(LogLevel::kWarning, "cloud_not_found",
              {{"name", name_}, {"reason", error.message()}});
        }
        std::vector<std::string> hosts;
        for (const auto& result : results) {
          hosts.push_back(result.endpoint().address().to_string());
        }
        OnAddresses(std::move(hosts));
        Wait();
      });
}

void CloudFinder::OnAddresses(std::vector<std::string> hosts) {
  std::ranges::sort(hosts);
  for (const std::string& host : hosts) {
    const std::string address = "tcp://" + host + ":" + port_;
    if (clouds_.Has(address)) {
      continue;
    }
    absl::StatusOr<std::unique_ptr<Session>> session = open_(address);
    if (!session.ok()) {
      Log(LogLevel::kWarning, "cloud_not_found", {{"name", name_}, {"reason", session.status()}});
    } else if (clouds_.Add(address, *std::move(session))) {
      found_.push_back(address);
      Log(LogLevel::kInfo, "cloud_found", {{"name", name_}, {"address", address}});
    }
  }
}

bool CloudFinder::AllReady() const {
  for (size_t cloud = 0; cloud < clouds_.places(); ++cloud) {
    const bool ours = std::ranges::find(found_, clouds_.address(cloud)) != found_.end();
    if (ours && !clouds_.IsReady(cloud)) {
      return false;
    }
  }
  return !found_.empty();
}

void CloudFinder::Wait() {
  timer_.expires_after(absl::ToChronoNanoseconds(kFindAgain));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) {
      return;
    }
    if (AllReady()) {
      Wait();
    } else {
      Find();
    }
  });
}

absl::StatusOr<Links> OpenLinks(boost::asio::io_context& io, const EdgeConfig& config,
                                std::shared_ptr<const Deployment> deployment) {
  ASSIGN_OR_RETURN(const std::vector<std::string> addresses, ParseEndpoints(config.cloud.address));
  ASSIGN_OR_RETURN(const std::vector<std::string> server_keys,
                   ReadServerKeys(config, addresses.size()));
  Opening opening{io, OptionsOf(config, *deployment), std::nullopt};
  if (!addresses.empty() && config.cloud.security == Security::kCurve) {
    ASSIGN_OR_RETURN(opening.keys, security::ReadSecretKey(config.keys.secret));
  }
  const bool named = std::ranges::any_of(addresses, IsNamed);
  Links links;
  links.clouds = std::make_unique<Clouds>(named ? Clouds::kMost : addresses.size());
  if (config.cloud.shape.adjustable) {
    links.shape = std::make_unique<LinkShape>(config.cloud.shape.rate.bits_per_second);
    opening.shape = links.shape.get();
  }
  for (size_t i = 0; i < addresses.size(); ++i) {
    if (IsNamed(addresses[i])) {
      links.finders.push_back(std::make_unique<CloudFinder>(
          io, *links.clouds, addresses[i],
          [opening, key = server_keys[i]](const std::string& address) {
            return Open(opening, address, key);
          }));
      links.finders.back()->Find();
      continue;
    }
    ASSIGN_OR_RETURN(std::unique_ptr<Session> session, Open(opening, addresses[i], server_keys[i]));
    links.clouds->Add(addresses[i], std::move(session));
  }
  links.clouds->SetDeployment(std::move(deployment));
  return links;
}

}  // namespace tideline
