#pragma once

#include <memory>

#include "common/base/status.h"

// libzmq behind Status and Asio. Only this folder's sources (and security/keys.cc, for its key
// functions) include libzmq's header. Its C interface is used: it returns errors, cppzmq throws.
namespace tideline::zeromq {

// What sockets live in. Sockets hold a share of it; the last share ends its I/O thread, which
// waits for nothing: every socket is closed by then and lingers for 0 ms. Thread-safe.
class Context {
 public:
  // Errors: ResourceExhausted where the system gives no more, FailedPrecondition where libzmq was
  // built without CURVE and `needs_curve`.
  static absl::StatusOr<std::shared_ptr<Context>> Make(bool needs_curve);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void* get() const { return context_; }

 private:
  explicit Context(void* context) : context_(context) {}
  void* context_;
};

// The last libzmq error as a Status that begins with `what`.
absl::Status LastError(const std::string& what);

}  // namespace tideline::zeromq
