#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

#include "boost/asio/posix/stream_descriptor.hpp"

#include "tests/lab/packet_pool.h"
#include "tests/lab/relay.h"

namespace tideline::lab {
namespace {

namespace asio = boost::asio;

constexpr size_t kPackets = 16384;  // that wait or fly, both directions together
constexpr int kBatch = 64;          // packets read before others get a turn

absl::Status SystemError(const std::string& what) {
  const int number = errno;
  const std::string text = what + ": " + std::strerror(number);
  if (number == EPERM || number == EACCES) {
    return PermissionDenied("{}; network namespaces and TUN devices need root", text);
  }
  return number == ENOENT ? NotFound("{}", text) : Unavailable("{}", text);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) {
      close(number_);
    }
  }
  Descriptor(Descriptor&& other) noexcept : number_(other.Release()) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return number_; }
  int Release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

absl::StatusOr<Descriptor> MakeTun(const std::string& device) {
  Descriptor tun(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (tun.get() < 0) {
    return SystemError("/dev/net/tun");
  }
  ifreq request{};
  if (device.size() >= sizeof(request.ifr_name)) {
    return InvalidArgument("{}: the name of a device has at most {} letters", device,
                           sizeof(request.ifr_name) - 1);
  }
  device.copy(request.ifr_name, device.size());
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (ioctl(tun.get(), TUNSETIFF, &request) < 0) {
    return SystemError(device);
  }
  return tun;
}

// The thread is in its own namespace again when this returns.
absl::StatusOr<Descriptor> MakeTunIn(const std::string& name, const std::string& device) {
  const Descriptor home(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  const std::string path = "/run/netns/" + name;
  const Descriptor there(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (there.get() < 0 || setns(there.get(), CLONE_NEWNET) < 0) {
    return SystemError(path);
  }
  auto tun = MakeTun(device);
  if (setns(home.get(), CLONE_NEWNET) < 0) {
    return SystemError("/proc/thread-self/ns/net");
  }
  return tun;
}

class TunRelay final : public Relay {
 public:
  TunRelay(asio::io_context& io, Descriptor edge, Descriptor cloud, uint64_t seed)
      : pool_(kPackets),
        edge_(io, edge.Release()),
        cloud_(io, cloud.Release()),
        up_(io.get_executor(), 2 * seed, Into(cloud_)),
        down_(io.get_executor(), 2 * seed + 1, Into(edge_)) {
    WaitFor(edge_, up_);
    WaitFor(cloud_, down_);
  }

  std::string listens() const override { return ""; }
  int64_t dropped() const override { return dropped_; }
  const Lane& lane(bool up) const override { return up ? up_ : down_; }

  absl::Status Check(const PipeSettings&) const override { return absl::OkStatus(); }

  void Change(bool up, PipeSettings settings) override {
    (up ? up_ : down_).Change(std::move(settings));
  }

 private:
  using Tun = asio::posix::stream_descriptor;

  Lane::Arrived Into(Tun& tun) {
    return [this, &tun](uint32_t packet, bool lost) {
      const auto bytes = pool_.bytes(packet);
      if (!lost && write(tun.native_handle(), bytes.data(), bytes.size()) < 0) {
        ++dropped_;  // the device is down
      }
      pool_.Return(packet);
    };
  }

  void WaitFor(Tun& tun, Lane& lane) {
    tun.async_wait(Tun::wait_read, [this, &tun, &lane](boost::system::error_code error) {
      if (!error) {
        ReadSome(tun, lane);
        WaitFor(tun, lane);
      }
    });
  }

  void ReadSome(Tun& tun, Lane& lane) {
    for (int i = 0; i < kBatch; ++i) {
      const auto packet = pool_.Take();
      const auto room = packet ? pool_.room(*packet) : std::span(spare_);
      const ssize_t size = read(tun.native_handle(), room.data(), room.size());
      const bool taken = packet && size > 0;
      if (taken) {
        pool_.set_size(*packet, size);
      }
      if (packet && (!taken || !lane.Push(*packet, size))) {
        pool_.Return(*packet);
      }
      if (size <= 0) {
        return;
      }
      dropped_ += !packet;
    }
  }

  PacketPool pool_;
  std::array<std::byte, PacketPool::kMaxPacket> spare_;  // for what is dropped
  int64_t dropped_ = 0;
  Tun edge_, cloud_;
  Lane up_, down_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Relay>> MakeTunRelay(asio::io_context& io,
                                                    const RelayOptions& options) {
  ASSIGN_OR_RETURN(Descriptor edge, MakeTunIn(options.edge, options.device));
  ASSIGN_OR_RETURN(Descriptor cloud, MakeTunIn(options.cloud, options.device));
  return std::make_unique<TunRelay>(io, std::move(edge), std::move(cloud), options.seed);
}

}  // namespace tideline::lab
