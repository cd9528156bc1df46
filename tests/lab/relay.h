#pragma once

#include <memory>
#include <string>

#include "boost/asio/io_context.hpp"

#include "common/base/status.h"
#include "tests/lab/lane.h"

namespace tideline::lab {

// What carries the traffic of a link through two Lanes. I/O thread only.
class Relay {
 public:
  virtual ~Relay() = default;

  // Where it listens, ADDRESS:PORT; "" where it carries packets.
  virtual std::string listens() const = 0;
  // Packets that found no buffer, or that the other side did not take.
  virtual int64_t dropped() const = 0;
  // Errors: InvalidArgument where this relay can't do what the settings say.
  virtual absl::Status Check(const PipeSettings& settings) const = 0;
  // The settings are ones that Check accepts.
  virtual void Change(bool up, PipeSettings settings) = 0;
  virtual const Lane& lane(bool up) const = 0;
};

struct RelayOptions {
  std::string edge, cloud;     // network namespaces
  std::string device;          // its name in both
  std::string listen, target;  // HOST:PORT
  uint64_t seed = 1;
};

// Makes a TUN device in each namespace, which carries IP packets of up to 1500 bytes. It needs
// CAP_NET_ADMIN; the devices end with the relay. Errors: NotFound, PermissionDenied, Unavailable.
absl::StatusOr<std::unique_ptr<Relay>> MakeTunRelay(boost::asio::io_context& io,
                                                    const RelayOptions& options);

// Listens, and joins every connection to one of its own to the target; needs no rights. A stream
// loses and reorders nothing: it waits while the link is blocked. kSegment bytes of data count as a
// full packet of the link.
absl::StatusOr<std::unique_ptr<Relay>> MakeStreamRelay(boost::asio::io_context& io,
                                                       const RelayOptions& options);

}  // namespace tideline::lab
