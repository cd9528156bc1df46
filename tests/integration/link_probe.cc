// Measures what a slow link does to a session: heartbeats while the link is idle, heartbeats while
// a large request is under way, and how soon the next request's first chunk is acknowledged after
// such a request was cancelled. It judges nothing; test_thin_link.py does.
//
//   link_probe ADDRESS KEYS REPOSITORY
//
// KEYS holds edge.secret and cloud.key, REPOSITORY a mobilenet_v2 that the cloud serves. Writes one
// JSON object a line to stdout; ends with 1 and a line on stderr where something fails.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "boost/asio/io_context.hpp"

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/model/repository.h"
#include "common/program/frontier.h"
#include "common/program/load.h"
#include "protocol/client/session.h"
#include "protocol/codec/codec.h"
#include "protocol/security/keys.h"
#include "protocol/transport/zmq.h"

namespace tideline {
namespace {

constexpr char kModel[] = "mobilenet_v2";
constexpr int64_t kBatch = 2;

constexpr absl::Duration kIdle = absl::Seconds(4);
constexpr absl::Duration kBeforeCancel = absl::Seconds(2);
constexpr int kCancels = 5;
constexpr absl::Duration kPatience = absl::Seconds(60);  // only ends a run that hangs

// Notes when heartbeats, chunks and acknowledgements pass. I/O thread only.
class ObservingTransport final : public Transport, private FrameHandler {
 public:
  explicit ObservingTransport(std::unique_ptr<Transport> inner) : inner_(std::move(inner)) {}
  ~ObservingTransport() override { inner_->SetHandler(nullptr); }

  void SetHandler(FrameHandler* handler) override {
    handler_ = handler;
    inner_->SetHandler(handler == nullptr ? nullptr : this);
  }
  absl::Status Send(PeerId peer, Frame frame) override {
    Observe(frame);
    return inner_->Send(peer, std::move(frame));
  }
  void Drop(PeerId peer) override { inner_->Drop(peer); }

  // Round trips of the heartbeats that were answered since the last call, in milliseconds.
  std::vector<double> TakeRoundTrips() { return std::exchange(round_trips_, {}); }
  size_t unanswered() const { return questions_.size(); }

  // The first chunk of a request: when it was sent and acknowledged; infinite before that.
  struct FirstChunk {
    uint64_t request = 0;
    uint64_t end = 0;  // payload bytes of the session up to its end
    MonotonicTime sent = absl::InfiniteDuration();
    MonotonicTime acknowledged = absl::InfiniteDuration();
  };
  const FirstChunk& first_chunk() const { return first_; }

 private:
  void Observe(const Frame& frame) {
    const absl::StatusOr<wire::Header> header =
        wire::DecodeHeader(std::as_bytes(std::span(frame.header)));
    if (!header.ok()) {
      return;
    }
    if (const auto* heartbeat = std::get_if<wire::Heartbeat>(&*header)) {
      OnHeartbeat(*heartbeat);
    } else if (const auto* chunk = std::get_if<wire::Chunk>(&*header)) {
      sent_ += frame.payload.size();
      if (chunk->request != first_.request) {
        first_ = {.request = chunk->request, .end = sent_, .sent = clock_.Now()};
      }
    } else if (const auto* ack = std::get_if<wire::Ack>(&*header)) {
      if (ack->bytes >= first_.end && first_.acknowledged == absl::InfiniteDuration()) {
        first_.acknowledged = clock_.Now();
      }
    }
  }

  void OnHeartbeat(const wire::Heartbeat& heartbeat) {
    if (heartbeat.sent_us != 0) {
      questions_[heartbeat.sent_us] = clock_.Now();
    } else if (const auto question = questions_.find(heartbeat.echo);
               question != questions_.end()) {
      round_trips_.push_back(absl::ToDoubleMilliseconds(clock_.Now() - question->second));
      questions_.erase(question);
    }
  }

  // What comes is observed alone where it is an answer; the results' chunks and our own
  // acknowledgements of them do not count.
  void OnFrame(const Peer& peer, Frame frame) override {
    const absl::StatusOr<wire::Header> header =
        wire::DecodeHeader(std::as_bytes(std::span(frame.header)));
    if (header.ok() && !std::holds_alternative<wire::Chunk>(*header)) {
      Observe(frame);
    }
    handler_->OnFrame(peer, std::move(frame));
  }
  void OnConnected() override { handler_->OnConnected(); }
  void OnDisconnected(const std::string& reason) override { handler_->OnDisconnected(reason); }

  const std::unique_ptr<Transport> inner_;
  const SystemClock clock_;
  FrameHandler* handler_ = nullptr;
  std::map<uint64_t, MonotonicTime> questions_;  // without an answer yet, by sent_us
  std::vector<double> round_trips_;
  uint64_t sent_ = 0;  // payload bytes of all chunks; there is one session in a run
  FirstChunk first_;
};

class Probe {
 public:
  absl::Status Open(const std::string& address, const std::string& keys,
                    const std::string& repository);
  absl::Status Run();

 private:
  absl::Status WaitUntil(const char* what, const std::function<bool()>& condition);
  void RunFor(absl::Duration time) { io_.run_for(absl::ToChronoNanoseconds(time)); }
  uint64_t Submit();
  absl::Status MeasureWholeRequest();
  absl::Status MeasureCancelled();

  boost::asio::io_context io_{1};
  const SystemClock clock_;
  ObservingTransport* link_ = nullptr;          // the session's
  std::optional<absl::StatusOr<Reply>> reply_;  // the latest
  std::unique_ptr<Session> session_;            // ends first: it answers what is open
};

absl::StatusOr<wire::ModelIdentity> Identity(const std::string& repository) {
  ASSIGN_OR_RETURN(const ModelFiles files, FindModelIn(repository, kModel));
  ASSIGN_OR_RETURN(const std::shared_ptr<const Program> program, LoadProgram(files.program));
  return wire::ModelIdentity{.name = kModel,
                             .version = static_cast<uint32_t>(files.version),
                             .sha256 = program->identity,
                             .frontier_hash = FrontierTable(*program).hash()};
}

absl::Status Probe::Open(const std::string& address, const std::string& keys,
                         const std::string& repository) {
  ClientOptions client;
  client.address = address;
  client.security.emplace();
  ASSIGN_OR_RETURN(client.security->keys, security::ReadSecretKey(keys + "/edge.secret"));
  ASSIGN_OR_RETURN(client.security->server_key, security::ReadPublicKey(keys + "/cloud.key"));
  SessionOptions options;
  options.edge = "link_probe";
  options.frontier_rule = {kFrontierRule, kFrontierRule};
  ASSIGN_OR_RETURN(const wire::ModelIdentity identity, Identity(repository));
  options.models = {identity};
  ASSIGN_OR_RETURN(std::unique_ptr<Transport> transport, MakeZmqClient(io_, std::move(client)));
  auto link = std::make_unique<ObservingTransport>(std::move(transport));
  link_ = link.get();
  session_ = MakeSession(io_, std::move(link), std::move(options));
  RETURN_IF_ERROR(
      WaitUntil("the cloud", [this] { return session_->state() == LinkState::kReady; }));
  return session_->ModelReady(0);
}

absl::Status Probe::WaitUntil(const char* what, const std::function<bool()>& condition) {
  const MonotonicTime limit = clock_.Now() + kPatience;
  while (!condition()) {
    if (clock_.Now() > limit) {
      return DeadlineExceeded("{} did not come", what);
    }
    io_.run_one_for(std::chrono::milliseconds(20));
  }
  return absl::OkStatus();
}

// Zeros, stored: 1.2 MB.
Encoded Input() {
  Tensor zeros = Tensor::Allocate(DType::kFloat32, {kBatch, 3, 224, 224}).value();
  std::memset(zeros.mutable_data(), 0, zeros.nbytes());
  Encoder encoder;
  return EncodeWhole(encoder, zeros, {Quantizer::kFp32, Level::kStored}).value();
}

uint64_t Probe::Submit() {
  const Encoded input = Input();
  Submission submission;
  submission.cut = "input";
  submission.tensors = {input.description};
  submission.encoded = {input.bytes};
  reply_.reset();
  return session_->Submit(std::move(submission),
                          [this](absl::StatusOr<Reply> reply) { reply_ = std::move(reply); });
}

void PrintRoundTrips(const char* phase, const std::vector<double>& round_trips, absl::Duration time,
                     size_t unanswered) {
  std::printf("{\"phase\": \"%s\", \"seconds\": %.3f, \"unanswered\": %zu, \"rtt_ms\": [%s]}\n",
              phase, absl::ToDoubleSeconds(time), unanswered,
              absl::StrJoin(round_trips, ", ").c_str());
  std::fflush(stdout);
}

absl::Status Probe::MeasureWholeRequest() {
  const MonotonicTime begin = clock_.Now();
  Submit();
  RETURN_IF_ERROR(WaitUntil("the answer", [&] { return reply_.has_value(); }));
  RETURN_IF_ERROR(reply_->status());
  PrintRoundTrips("busy", link_->TakeRoundTrips(), clock_.Now() - begin, link_->unanswered());
  return absl::OkStatus();
}

absl::Status Probe::MeasureCancelled() {
  const uint64_t large = Submit();
  RunFor(kBeforeCancel);
  const MonotonicTime cancelled = clock_.Now();
  session_->Cancel(large);
  const uint64_t next = Submit();
  RETURN_IF_ERROR(WaitUntil("the acknowledgement of the next request's first chunk", [&] {
    return link_->first_chunk().request == next &&
           link_->first_chunk().acknowledged != absl::InfiniteDuration();
  }));
  const auto& first = link_->first_chunk();
  std::printf("{\"phase\": \"next\", \"sent_ms\": %.3f, \"acknowledged_ms\": %.3f}\n",
              absl::ToDoubleMilliseconds(first.sent - cancelled),
              absl::ToDoubleMilliseconds(first.acknowledged - cancelled));
  std::fflush(stdout);
  session_->Cancel(next);
  RunFor(absl::Milliseconds(500));  // what was on its way
  return absl::OkStatus();
}

absl::Status Probe::Run() {
  RunFor(kIdle);
  PrintRoundTrips("idle", link_->TakeRoundTrips(), kIdle, link_->unanswered());
  RETURN_IF_ERROR(MeasureWholeRequest());
  for (int i = 0; i < kCancels; ++i) {
    RETURN_IF_ERROR(MeasureCancelled());
  }
  return absl::OkStatus();
}

int Main(const std::vector<std::string>& arguments) {
  if (arguments.size() != 3) {
    std::fputs("usage: link_probe ADDRESS KEYS REPOSITORY\n", stderr);
    return 2;
  }
  Probe probe;
  absl::Status status = probe.Open(arguments[0], arguments[1], arguments[2]);
  if (status.ok()) {
    status = probe.Run();
  }
  if (!status.ok()) {
    std::fprintf(stderr, "link_probe: %s\n", status.ToString().c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace tideline

int main(int argc, char** argv) { return tideline::Main({argv + 1, argv + argc}); }
