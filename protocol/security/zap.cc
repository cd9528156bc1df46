#include "protocol/security/zap.h"

#include <array>
#include <utility>
#include <zmq.h>

#include "common/telemetry/log.h"
#include "protocol/security/keys.h"

namespace tideline::security {
namespace {

// The parts of a ZAP request (RFC 27).
enum Part : size_t {
  kVersion,
  kRequestId,
  kDomain,
  kAddress,
  kRoutingId,
  kMechanism,
  kFirstCredential,
  kCurveParts,  // with CURVE there is one credential, the public key
};

std::string_view Text(const zeromq::Message& request, size_t part) {
  if (part >= request.parts.size()) {
    return "";
  }
  const Bytes& bytes = request.parts[part];
  return {reinterpret_cast<const char*>(bytes.view.data()), bytes.size()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<ZapHandler>> ZapHandler::Open(
    boost::asio::io_context& io, std::shared_ptr<zeromq::Context> context, AllowList& list) {
  ASSIGN_OR_RETURN(std::unique_ptr<zeromq::Socket> socket,
                   zeromq::Socket::Open(io, std::move(context), ZMQ_REP));
  RETURN_IF_ERROR(socket->Bind("inproc://zeromq.zap.01"));
  return std::unique_ptr<ZapHandler>(new ZapHandler(std::move(socket), list));
}

ZapHandler::ZapHandler(std::unique_ptr<zeromq::Socket> socket, AllowList& list)
    : socket_(std::move(socket)), list_(list) {
  socket_->Receive([this](const zeromq::Message& request) { Answer(request); });
}

void ZapHandler::Answer(const zeromq::Message& request) {
  const Verdict verdict = Judge(request);
  const std::array<std::string_view, 6> reply = {
      "1.0", Text(request, kRequestId), verdict.status, verdict.text, verdict.user, ""};
  if (const absl::Status status = socket_->Send(reply); !status.ok()) {
    Log(LogLevel::kError, "zap_reply_failed", {{"error", status}});
  }
}

ZapHandler::Verdict ZapHandler::Judge(const zeromq::Message& request) {
  const std::string_view address = Text(request, kAddress);
  if (request.parts.size() != kCurveParts || Text(request, kVersion) != "1.0" ||
      Text(request, kDomain) != kZapDomain || Text(request, kMechanism) != "CURVE") {
    LogRefusal("", address, "not a CURVE key");
    return {"400", "CURVE is required", ""};
  }
  const absl::StatusOr<std::string> key = KeyToText(Text(request, kFirstCredential));
  if (!key.ok()) {
    LogRefusal("", address, "not a CURVE key");
    return {"400", "not a CURVE key", ""};
  }
  std::optional<std::string> user = list_.UserOf(*key);
  if (!user) {
    LogRefusal(*key, address, "the key is not in the allow-list");
    return {"400", "key not listed", ""};
  }
  return {"200", "OK", *std::move(user)};
}

void ZapHandler::LogRefusal(std::string_view key, std::string_view address,
                            std::string_view reason) {
  if (const std::optional<uint64_t> suppressed = refusals_.Allow()) {
    Log(LogLevel::kWarning, "edge_refused",
        {{"reason", reason}, {"key", key}, {"address", address}, {"not_logged", *suppressed}});
  }
}

}  // namespace tideline::security
