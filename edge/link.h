#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"

#include "edge/clouds.h"
#include "edge/config.h"
#include "edge/deployment.h"
#include "protocol/transport/link_shape.h"

namespace tideline {

// Opens a session with the cloud at an address, "tcp://HOST:PORT".
using OpenSession =
    std::function<absl::StatusOr<std::unique_ptr<Session>>(const std::string& address)>;

// Adds the clouds behind names, which may stand for several addresses: asks for them at once, and
// again while one of the clouds is away. I/O thread only; Asio looks names up on a thread of its
// own.
class CloudFinder {
 public:
  // `address` is "tcp://NAME:PORT". `io` and `clouds` outlive it, whose destructor waits for a
  // look-up that has begun.
  CloudFinder(boost::asio::io_context& io, Clouds& clouds, const std::string& address,
              OpenSession open);

  // Looks the name up now, and whenever it is time.
  void Find();
  // What the name stands for now: "10.0.0.7", ….
  void OnAddresses(std::vector<std::string> hosts);

 private:
  void Wait();
  bool AllReady() const;

  Clouds& clouds_;
  const std::string name_;
  const std::string port_;
  const OpenSession open_;
  std::vector<std::string> found_;  // addresses
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::steady_timer timer_;
};

// The clouds that edge.yaml names; they connect in the background.
struct Links {
  std::unique_ptr<LinkShape> shape;  // of all sessions; nullptr: none
  std::unique_ptr<Clouds> clouds;    // may have none
  std::vector<std::unique_ptr<CloudFinder>> finders;
};

// Errors: those of the key files, InvalidArgument for an address.
absl::StatusOr<Links> OpenLinks(boost::asio::io_context& io, const EdgeConfig& config,
                                std::shared_ptr<const Deployment> deployment);

}  // namespace tideline
