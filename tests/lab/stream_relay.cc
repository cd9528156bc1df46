#include <charconv>
#include <deque>
#include <set>
#include <utility>
#include <vector>

#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/write.hpp"

#include "tests/lab/packet_pool.h"
#include "tests/lab/relay.h"

namespace tideline::lab {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr size_t kPackets = 16384;       // that wait or fly, both directions together
constexpr size_t kSegment = 1448;        // bytes of data in a packet of 1500
constexpr int64_t kHeaders = 52;         // bytes: IP and TCP with time stamps
constexpr size_t kMostUnread = 256;      // packets that arrived and that nobody has read
constexpr int kSocketBuffer = 32 << 10;  // bytes: a queue that the link does not know of

struct Connection {
  tcp::socket edge, cloud;
};

// One direction of one connection.
struct Half {
  std::shared_ptr<Connection> connection;
  tcp::socket& from;
  tcp::socket& to;
  bool up;
  bool reading = false;
  bool writing = false;
  std::deque<uint32_t> arrived;  // a packet without bytes is the end of the stream
};
using HalfPtr = std::shared_ptr<Half>;

class StreamRelay final : public Relay {
 public:
  StreamRelay(asio::io_context& io, tcp::acceptor acceptor, const tcp::endpoint& target,
              uint64_t seed)
      : io_(io),
        acceptor_(std::move(acceptor)),
        target_(target),
        pool_(kPackets),
        owners_(kPackets),
        up_(io.get_executor(), 2 * seed, Arrived()),
        down_(io.get_executor(), 2 * seed + 1, Arrived()) {
    Accept();
  }

  std::string listens() const override {
    const tcp::endpoint here = acceptor_.local_endpoint();
    return here.address().to_string() + ":" + std::to_string(here.port());
  }
  int64_t dropped() const override { return 0; }
  const Lane& lane(bool up) const override { return up ? up_ : down_; }

  absl::Status Check(const PipeSettings& settings) const override {
    if (settings.loss.value > 0 || settings.reorder.value > 0) {
      return InvalidArgument("the user-space relay carries streams; they lose and reorder nothing");
    }
    return absl::OkStatus();
  }

  void Change(bool up, PipeSettings settings) override {
    held_[up] = std::exchange(settings.blocked, false);
    (up ? up_ : down_).Change(std::move(settings));
    GoOn();
  }

 private:
  Lane::Arrived Arrived() {
    return [this](uint32_t packet, bool /*lost*/) {
      const HalfPtr half = std::move(owners_[packet]);
      half->arrived.push_back(packet);
      waiting_.insert(half);
      asio::post(io_, [this] { GoOn(); });
    };
  }

  void Accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (!error) {
        Connect(std::make_shared<Connection>(std::move(socket), tcp::socket(io_)));
        Accept();
      }
    });
  }

  // A connection ends with the last operation or packet that holds it.
  void Connect(const std::shared_ptr<Connection>& connection) {
    error_code ignored;
    connection->cloud.open(target_.protocol(), ignored);
    for (tcp::socket* socket : {&connection->edge, &connection->cloud}) {
      socket->set_option(tcp::no_delay(true), ignored);
      socket->set_option(tcp::socket::receive_buffer_size(kSocketBuffer), ignored);
      socket->set_option(tcp::socket::send_buffer_size(kSocketBuffer), ignored);
    }
    connection->cloud.async_connect(target_, [this, connection](error_code error) {
      if (error) {
        return;
      }
      tcp::socket& edge = connection->edge;
      tcp::socket& cloud = connection->cloud;
      edge.non_blocking(true, error);
      cloud.non_blocking(true, error);
      Read(std::make_shared<Half>(Half{connection, edge, cloud, /*up=*/true}));
      Read(std::make_shared<Half>(Half{connection, cloud, edge, /*up=*/false}));
    });
  }

  // What waits, for room on the link or for the link itself, tries again.
  void GoOn() {
    for (const HalfPtr& half : std::exchange(waiting_, {})) {
      Write(half);
      Read(half);
    }
  }

  void Read(const HalfPtr& half) {
    if (half->reading) {
      return;
    }
    half->reading = true;
    half->from.async_wait(tcp::socket::wait_read, [this, half](error_code) {
      half->reading = false;
      ReadNow(half);
    });
  }

  void ReadNow(const HalfPtr& half) {
    Lane& lane = half->up ? up_ : down_;
    const bool room =
        !held_[half->up] && lane.HasRoom(kSegment + kHeaders) && half->arrived.size() < kMostUnread;
    const auto packet = room ? pool_.Take() : std::optional<uint32_t>();
    if (!packet) {
      waiting_.insert(half);
      return;
    }
    error_code error;
    const size_t size =
        half->from.read_some(asio::buffer(pool_.room(*packet).data(), kSegment), error);
    if (error == asio::error::would_block) {
      pool_.Return(*packet);
      Read(half);
      return;
    }
    pool_.set_size(*packet, size);
    owners_[*packet] = half;
    lane.Push(*packet, static_cast<int64_t>(size) + kHeaders);
    if (error) {
      half->reading = true;  // the end: nothing more is read
    } else {
      Read(half);
    }
  }

  void Write(const HalfPtr& half) {
    if (half->writing || half->arrived.empty()) {
      return;
    }
    if (held_[half->up]) {
      waiting_.insert(half);
      return;
    }
    const uint32_t packet = half->arrived.front();
    const auto bytes = pool_.bytes(packet);
    half->writing = true;
    const auto done = [this, half, packet](error_code error, size_t) {
      half->writing = false;
      half->arrived.pop_front();
      pool_.Return(packet);
      if (error || pool_.bytes(packet).empty()) {
        half->to.shutdown(tcp::socket::shutdown_send, error);
      }
      waiting_.insert(half);
      GoOn();
    };
    asio::async_write(half->to, asio::buffer(bytes.data(), bytes.size()), done);
  }

  asio::io_context& io_;
  tcp::acceptor acceptor_;
  tcp::endpoint target_;
  PacketPool pool_;
  std::vector<HalfPtr> owners_;  // by packet, while it is under way
  std::set<HalfPtr> waiting_;
  bool held_[2] = {};  // [up]: the link is blocked
  Lane up_, down_;
};

absl::StatusOr<tcp::endpoint> ParseEndpoint(const std::string& text) {
  const size_t colon = text.rfind(':');
  error_code error;
  const auto address = asio::ip::make_address(text.substr(0, colon), error);
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  uint16_t number = 0;
  const char* end = port.data() + port.size();
  const auto [stop, bad] = std::from_chars(port.data(), end, number);
  if (error || bad != std::errc() || stop != end) {
    return InvalidArgument("'{}' is not ADDRESS:PORT", text);
  }
  return tcp::endpoint(address, number);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Relay>> MakeStreamRelay(asio::io_context& io,
                                                       const RelayOptions& options) {
  ASSIGN_OR_RETURN(const tcp::endpoint listen, ParseEndpoint(options.listen));
  ASSIGN_OR_RETURN(const tcp::endpoint target, ParseEndpoint(options.target));
  tcp::acceptor acceptor(io);
  error_code error;
  acceptor.open(listen.protocol(), error);
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  acceptor.set_option(tcp::socket::receive_buffer_size(kSocketBuffer), error);
  if (acceptor.bind(listen, error); !error) {
    acceptor.listen(tcp::acceptor::max_listen_connections, error);
  }
  if (error) {
    return Unavailable("{}: {}; choose another address", options.listen, error.message());
  }
  return std::make_unique<StreamRelay>(io, std::move(acceptor), target, options.seed);
}

}  // namespace tideline::lab
