#include "protocol/zeromq/context.h"

#include <cerrno>
#include <zmq.h>

namespace tideline::zeromq {

absl::StatusOr<std::shared_ptr<Context>> Context::Make(bool needs_curve) {
  if (needs_curve && zmq_has("curve") != 1) {
    return FailedPrecondition(
        "libzmq on this machine was built without CURVE, so connections cannot be protected; "
        "install a libzmq with libsodium");
  }
  void* context = zmq_ctx_new();
  if (context == nullptr) {
    return LastError("zeromq context");
  }
  auto owner = std::shared_ptr<Context>(new Context(context));
  // Sockets start with a linger of 0: whoever forgets one does not hang the exit.
  if (zmq_ctx_set(context, ZMQ_BLOCKY, 0) != 0 || zmq_ctx_set(context, ZMQ_IO_THREADS, 1) != 0) {
    return LastError("zeromq context");
  }
  return owner;
}

Context::~Context() {
  while (zmq_ctx_term(context_) != 0 && errno == EINTR) {
  }
}

absl::Status LastError(const std::string& what) {
  const int error = zmq_errno();
  const std::string text = what + ": " + zmq_strerror(error);
  switch (error) {
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return absl::ResourceExhaustedError(text);
    case EADDRINUSE:
    case EHOSTUNREACH:
    case ECONNREFUSED:
      return absl::UnavailableError(text);
    case EACCES:
      return absl::PermissionDeniedError(text);
    case EINVAL:
    case ENODEV:
    case EADDRNOTAVAIL:
    case EPROTONOSUPPORT:
      return absl::InvalidArgumentError(text);
    default:
      return absl::InternalError(text);
  }
}

}  // namespace tideline::zeromq
