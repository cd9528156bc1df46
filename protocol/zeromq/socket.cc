#include "protocol/zeromq/socket.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <zmq.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

namespace tideline::zeromq {
namespace {

constexpr int kMessagesPerTurn = 64;

// A received part; frees itself.
class Part {
 public:
  Part() { zmq_msg_init(&message_); }
  ~Part() { zmq_msg_close(&message_); }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  bool Receive(void* socket) { return zmq_msg_recv(&message_, socket, ZMQ_DONTWAIT) >= 0; }
  bool more() const { return zmq_msg_more(&message_) != 0; }
  std::string_view Property(const char* name) {
    const char* value = zmq_msg_gets(&message_, name);
    return value == nullptr ? "" : value;
  }
  std::span<const std::byte> bytes() {
    return {static_cast<const std::byte*>(zmq_msg_data(&message_)), zmq_msg_size(&message_)};
  }

 private:
  zmq_msg_t message_;
};

}  // namespace

// Kept alive by the handlers under way, so that the socket may end inside its own callback.
struct Socket::State : std::enable_shared_from_this<Socket::State> {
  State(boost::asio::io_context& io, std::shared_ptr<Context> shared, void* open)
      : context(std::move(shared)), socket(open), descriptor(io) {}
  ~State() { Close(); }

  void Close() {
    if (socket == nullptr) {
      return;
    }
    if (descriptor.is_open()) {
      descriptor.release();  // the descriptor is ZeroMQ's to close
    }
    zmq_close(std::exchange(socket, nullptr));
    callback.reset();
    context.reset();
  }

  void Wait();
  void Post();
  void Drain();
  bool ReceiveOne();
  bool Readable() const;
  absl::Status SendPart(std::string_view part, int flags);

  std::shared_ptr<Context> context;
  void* socket;  // nullptr once closed
  boost::asio::posix::stream_descriptor descriptor;
  std::shared_ptr<const MessageCallback> callback;
  bool waiting = false;  // for the descriptor
  bool posted = false;   // a Drain is on its way
};

void Socket::State::Wait() {
  if (std::exchange(waiting, true)) {
    return;
  }
  descriptor.async_wait(boost::asio::posix::descriptor_base::wait_read,
                        [state = shared_from_this()](const boost::system::error_code& error) {
                          state->waiting = false;
                          if (!error) {
                            state->Drain();
                          }
                        });
}

void Socket::State::Post() {
  if (std::exchange(posted, true)) {
    return;
  }
  boost::asio::post(descriptor.get_executor(), [state = shared_from_this()] {
    state->posted = false;
    state->Drain();
  });
}

void Socket::State::Drain() {
  for (int i = 0; i < kMessagesPerTurn; ++i) {
    if (socket == nullptr || !callback) {
      return;
    }
    if (!ReceiveOne()) {
      Wait();
      return;
    }
  }
  Post();
}

// False where nothing is there (libzmq has then read all its commands: the descriptor is clear).
bool Socket::State::ReceiveOne() {
  Message message;
  bool more = true;
  while (more) {
    auto part = std::make_shared<Part>();
    if (!part->Receive(socket)) {
      return zmq_errno() == EINTR;
    }
    more = part->more();
    if (message.parts.size() <= kMaxParts) {
      message.user = part->Property("User-Id");
      message.address = part->Property("Peer-Address");
      message.parts.push_back({part->bytes(), part});
    }
  }
  const auto receiver = callback;  // the socket may end inside
  (*receiver)(std::move(message));
  return true;
}

bool Socket::State::Readable() const {
  int events = 0;
  size_t size = sizeof(events);
  return zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN) != 0;
}

absl::Status Socket::State::SendPart(std::string_view part, int flags) {
  while (zmq_send(socket, part.data(), part.size(), flags) < 0) {
    if (zmq_errno() != EINTR) {
      return LastError("send");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Socket>> Socket::Open(boost::asio::io_context& io,
                                                     std::shared_ptr<Context> context, int type) {
  void* socket = zmq_socket(context->get(), type);
  if (socket == nullptr) {
    return LastError("zeromq socket");
  }
  auto state = std::make_shared<State>(io, std::move(context), socket);
  int descriptor = -1;
  size_t size = sizeof(descriptor);
  if (zmq_getsockopt(socket, ZMQ_FD, &descriptor, &size) != 0) {
    return LastError("zeromq descriptor");
  }
  boost::system::error_code error;
  state->descriptor.assign(descriptor, error);
  if (error) {
    return Internal("zeromq descriptor: {}", error.message());
  }
  auto result = std::unique_ptr<Socket>(new Socket(std::move(state)));
  RETURN_IF_ERROR(result->Set(ZMQ_LINGER, 0, "linger"));
  return result;
}

Socket::Socket(std::shared_ptr<State> state) : state_(std::move(state)) {}

Socket::~Socket() { state_->Close(); }

absl::Status Socket::Set(int option, int value, const char* what) {
  return zmq_setsockopt(state_->socket, option, &value, sizeof(value)) == 0 ? absl::OkStatus()
                                                                            : LastError(what);
}

absl::Status Socket::Set(int option, int64_t value, const char* what) {
  return zmq_setsockopt(state_->socket, option, &value, sizeof(value)) == 0 ? absl::OkStatus()
                                                                            : LastError(what);
}

absl::Status Socket::Set(int option, std::string_view value, const char* what) {
  return zmq_setsockopt(state_->socket, option, value.data(), value.size()) == 0 ? absl::OkStatus()
                                                                                 : LastError(what);
}

absl::Status Socket::Bind(const std::string& endpoint) {
  return zmq_bind(state_->socket, endpoint.c_str()) == 0 ? absl::OkStatus()
                                                         : LastError(endpoint + ": cannot listen");
}

absl::Status Socket::Connect(const std::string& endpoint) {
  return zmq_connect(state_->socket, endpoint.c_str()) == 0
             ? absl::OkStatus()
             : LastError(endpoint + ": cannot connect");
}

absl::StatusOr<std::string> Socket::LastEndpoint() const {
  std::array<char, 512> endpoint{};
  size_t size = endpoint.size();
  if (zmq_getsockopt(state_->socket, ZMQ_LAST_ENDPOINT, endpoint.data(), &size) != 0) {
    return LastError("last endpoint");
  }
  return std::string(endpoint.data());
}

void Socket::Receive(MessageCallback callback) {
  state_->callback = std::make_shared<const MessageCallback>(std::move(callback));
  state_->Post();
}

absl::Status Socket::Send(std::span<const std::string_view> parts) {
  absl::Status status;
  for (size_t i = 0; i < parts.size() && status.ok(); ++i) {
    const bool last = i + 1 == parts.size();
    status = state_->SendPart(parts[i], ZMQ_DONTWAIT | (last ? 0 : ZMQ_SNDMORE));
    if (!status.ok() && i == 0) {
      // A connection that is new may not be known yet: asking for the events makes libzmq read
      // what it was told. Only the first part can be refused; the others share its fate.
      state_->Readable();
      status = state_->SendPart(parts[i], ZMQ_DONTWAIT | (last ? 0 : ZMQ_SNDMORE));
    }
  }
  // Sending may have read the command that a message is there, and with it the descriptor's edge.
  if (state_->callback && state_->Readable()) {
    state_->Post();
  }
  return status;
}

void* Socket::handle() const { return state_->socket; }

}  // namespace tideline::zeromq
