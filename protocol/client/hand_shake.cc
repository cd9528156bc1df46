#include "protocol/client/hand_shake.h"

#include <algorithm>

#include "common/base/checked.h"

namespace tideline {
namespace {

constexpr uint64_t kRevision = 0xff;

absl::Status CheckVersion(uint16_t version, wire::VersionRange ours, const char* what) {
  if (version < ours.min || version > ours.max) {
    return FailedPrecondition("the cloud chose {} version {}, this edge speaks {} to {}", what,
                              version, ours.min, ours.max);
  }
  return absl::OkStatus();
}

const char* Describe(wire::ModelState state) {
  switch (state) {
    case wire::ModelState::kReady:
      return "ready";
    case wire::ModelState::kUnknown:
      return "unknown to the cloud";
    case wire::ModelState::kMismatch:
      return "another one on the cloud";
    case wire::ModelState::kFailed:
      return "failed on the cloud";
  }
  return "in an unknown state";
}

absl::Status CheckTensor(const EncodedTensor& tensor, uint64_t max_tensor) {
  if (!CheckedNumel(tensor.shape).has_value()) {
    return InvalidArgument("its shape {} is not one", ToString(tensor.shape));
  }
  const std::optional<uint64_t> bytes = DecodedBytes(tensor);
  if (!bytes.has_value() || *bytes > max_tensor) {
    return ResourceExhausted(
        "its shape {} is {} bytes, the cloud accepts {}; raise limits.max_tensor in cloud.yaml or "
        "choose a later cut",
        ToString(tensor.shape), bytes.value_or(UINT64_MAX), max_tensor);
  }
  return absl::OkStatus();
}

// Whether each tensor has the bytes that are announced.
absl::Status CheckEncoded(const Submission& submission) {
  if (submission.tensors.empty() || submission.tensors.size() != submission.encoded.size()) {
    return InvalidArgument("cut '{}': {} tensors come with {} pieces of bytes", submission.cut,
                           submission.tensors.size(), submission.encoded.size());
  }
  for (size_t i = 0; i < submission.tensors.size(); ++i) {
    const uint64_t announced = submission.tensors[i].encoded_bytes;
    if (announced != submission.encoded[i].size()) {
      return InvalidArgument("cut '{}': tensor {}: {} bytes are announced, {} are there",
                             submission.cut, i, announced, submission.encoded[i].size());
    }
  }
  return absl::OkStatus();
}

absl::Status CheckBegun(const Submission& submission, const wire::Welcome& welcome) {
  if (welcome.protocol < wire::kOpenVersion) {
    return FailedPrecondition(
        "the cloud speaks protocol version {}, tensors are sent while they are encoded from "
        "version {} on",
        welcome.protocol, wire::kOpenVersion);
  }
  if (submission.tensors.empty() || !submission.encoded.empty()) {
    return InvalidArgument("cut '{}': {} tensors begin with {} pieces of bytes", submission.cut,
                           submission.tensors.size(), submission.encoded.size());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Duration Backoff::Next(std::mt19937_64& random) {
  const absl::Duration pause = pause_ * std::uniform_real_distribution<double>(0.5, 1)(random);
  pause_ = std::min(2 * pause_, longest_);
  return pause;
}

wire::Hello MakeHello(const SessionOptions& options, uint64_t session) {
  wire::Hello hello;
  hello.session = session;
  hello.frontier_rule = options.frontier_rule;
  hello.edge = options.edge;
  hello.isa = options.isa;
  hello.models = options.models;
  hello.max_tensor = options.max_tensor;
  return hello;
}

absl::Status CheckWelcome(const wire::Welcome& welcome, const wire::Hello& hello) {
  RETURN_IF_ERROR(CheckVersion(welcome.protocol, hello.protocol, "protocol"));
  RETURN_IF_ERROR(CheckVersion(welcome.codec, hello.codec, "codec"));
  RETURN_IF_ERROR(CheckVersion(welcome.frontier_rule, hello.frontier_rule, "frontier rule"));
  if (welcome.models.size() != hello.models.size()) {
    return InvalidArgument("the cloud answers for {} models, {} were asked for",
                           welcome.models.size(), hello.models.size());
  }
  return absl::OkStatus();
}

uint64_t NewSession(std::mt19937_64& random) {
  uint64_t session = 0;
  while (session == 0) {
    session = random() & ~kRevision;
  }
  return session;
}

uint64_t NextRevision(uint64_t session) {
  return (session & ~kRevision) | ((session + 1) & kRevision);
}

absl::Status CheckModel(uint16_t index, const wire::Welcome& welcome) {
  if (index >= welcome.models.size()) {
    return InvalidArgument("model {} of {} in the hello", index, welcome.models.size());
  }
  const wire::ModelStatus& model = welcome.models[index];
  if (model.state != wire::ModelState::kReady) {
    return FailedPrecondition("model {} is {}: {}", index, Describe(model.state), model.reason);
  }
  return absl::OkStatus();
}

absl::Status CheckSubmission(const Submission& submission, bool begun, const wire::Welcome& welcome,
                             uint64_t open_bytes) {
  RETURN_IF_ERROR(CheckModel(submission.model, welcome));
  RETURN_IF_ERROR(begun ? CheckBegun(submission, welcome) : CheckEncoded(submission));
  uint64_t bytes = 0;
  for (size_t i = 0; i < submission.tensors.size(); ++i) {
    const EncodedTensor& tensor = submission.tensors[i];
    if (const absl::Status status = CheckTensor(tensor, welcome.max_tensor); !status.ok()) {
      return Annotate(status, fmt::format("cut '{}': tensor {}", submission.cut, i));
    }
    bytes += tensor.encoded_bytes;
  }
  if (bytes == 0) {
    return InvalidArgument("cut '{}': its tensors have no bytes", submission.cut);
  }
  if (bytes > welcome.max_inflight || open_bytes > welcome.max_inflight - bytes) {
    return ResourceExhausted(
        "cut '{}': the request has {} bytes and {} wait for answers, the cloud accepts {} at a "
        "time; raise limits.max_inflight in cloud.yaml or send fewer",
        submission.cut, bytes, open_bytes, welcome.max_inflight);
  }
  return absl::OkStatus();
}

}  // namespace tideline
