#include "partitioner/exchange/fetch_profile.h"

#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/config/endpoint.h"
#include "common/program/frontier.h"
#include "partitioner/exchange/served_profiles.h"
#include "protocol/client/session.h"
#include "protocol/security/keys.h"
#include "protocol/transport/zmq.h"

namespace tideline {
namespace {

absl::StatusOr<std::unique_ptr<Transport>> Connect(boost::asio::io_context& io,
                                                   const ProfileSource& source) {
  RETURN_IF_ERROR(CheckEndpoint(source.address));
  if (source.server_key.empty() != source.secret.empty()) {
    return InvalidArgument("{}: give both --server-key and --secret", source.address);
  }
  if (source.server_key.empty() && !IsLoopback(source.address)) {
    return InvalidArgument(
        "{}: give --server-key, its public key, and --secret, a key that it lets in",
        source.address);
  }
  ClientOptions client{.address = source.address};
  if (!source.server_key.empty()) {
    client.security.emplace();
    ASSIGN_OR_RETURN(client.security->keys, security::ReadSecretKey(source.secret));
    ASSIGN_OR_RETURN(client.security->server_key, security::ReadPublicKey(source.server_key));
  }
  return MakeZmqClient(io, std::move(client));
}

// Asks once it is connected; a refusal of the hello is an answer too. Outlives its session, whose
// end may call back.
class Question {
 public:
  Question(boost::asio::io_context& io, absl::Duration patience)
      : io_(io), patience_(patience), limit_(io) {}

  absl::StatusOr<Reply> Ask(std::unique_ptr<Session> session) {
    session->OnStateChange([this, asked = session.get()](LinkState state) {
      if (state == LinkState::kReady) {
        asked->AskProfile(/*model=*/0, patience_,
                          [this](absl::StatusOr<Reply> reply) { Settle(std::move(reply)); });
      } else if (state == LinkState::kRefused) {
        Settle(FailedPrecondition("it refuses: {}", asked->reason()));
      }
    });
    limit_.expires_after(absl::ToChronoNanoseconds(patience_));
    limit_.async_wait([this, asked = session.get()](const boost::system::error_code& error) {
      if (!error) {
        Settle(Unavailable("no answer within {}: {}", std::string(absl::FormatDuration(patience_)),
                           asked->reason().empty() ? "nothing listens there" : asked->reason()));
      }
    });
    io_.run();
    return reply_ ? *std::exchange(reply_, Unavailable("answered")) : Unavailable("no answer");
  }

 private:
  void Settle(absl::StatusOr<Reply> reply) {
    if (!reply_) {
      reply_ = std::move(reply);
      io_.stop();
    }
  }

  boost::asio::io_context& io_;
  const absl::Duration patience_;
  boost::asio::steady_timer limit_;
  std::optional<absl::StatusOr<Reply>> reply_;
};

}  // namespace

bool IsAddress(const std::string& text) { return text.starts_with("tcp://"); }

absl::StatusOr<std::string> FetchProfile(const ProfileSource& source,
                                         const wire::ModelIdentity& model) {
  boost::asio::io_context io(1);
  ASSIGN_OR_RETURN(std::unique_ptr<Transport> transport, Connect(io, source));
  Question question(io, source.patience);
  const absl::StatusOr<Reply> reply =
      question.Ask(MakeSession(io, std::move(transport),
                               {.edge = "tideline",
                                .cloud = source.address,
                                .isa = "any",
                                .frontier_rule = {kFrontierRule, kFrontierRule},
                                .models = {model},
                                .max_tensor = kMaxProfileBytes}));
  if (!reply.ok()) {
    return Annotate(reply.status(), source.address);
  }
  absl::StatusOr<std::string> text = DecodeProfileText(reply->tensors, reply->encoded);
  return text.ok() ? std::move(text) : Annotate(text.status(), source.address);
}

}  // namespace tideline
