#include "edge/shadows.h"

#include <algorithm>
#include <string>
#include <utility>

#include "boost/asio/post.hpp"

#include "common/model/postprocess.h"
#include "common/telemetry/log.h"
#include "edge/stages.h"

namespace tideline {
namespace {

constexpr uint16_t kModel = 0;  // the only model that an edge announces
constexpr absl::Duration kFillingBudget = absl::Seconds(1);
constexpr absl::Duration kCanaryBudget = absl::Seconds(10);
constexpr double kMostDrop = 0.05;        // of the accuracy: three wrong in a row are no accident
constexpr double kMostDifference = 0.02;  // of max|b|: bfloat16 on one side stays below

// Whether answers from here can be held against a cloud's. The engine "fake" computes no network:
// its own can be held against its own alone.
bool ComputeTheSame(const Deployment& deployment) {
  if (deployment.steering == nullptr || deployment.fallback != nullptr) {
    return false;
  }
  const bool fake_here = deployment.model->prepared->Describe().engine == "fake";
  return fake_here == deployment.partition.engine.cloud.starts_with("fake");
}

absl::StatusOr<Submission> Encode(const Request& request, std::span<const uint64_t> known) {
  CutEncoder encoder;
  RETURN_IF_ERROR(PrepareCut(request, known, encoder));
  ASSIGN_OR_RETURN(std::vector<Encoded> encoded, encoder.Encode());
  Submission submission;
  submission.model = kModel;
  submission.cut = request.way.cut.name;
  submission.budget = kCanaryBudget;
  for (Encoded& tensor : encoded) {
    submission.tensors.push_back(std::move(tensor.description));
    submission.encoded.push_back(std::move(tensor.bytes));
  }
  return submission;
}

bool Classifies(const Deployment& deployment) {
  return deployment.model->info().output.kind == OutputKind::kClassification;
}

// Whether another cloud's answer to the same request has to be this one. A cloud's own had the same
// loss on the way, unless it was cut short; one from here had none.
bool Holds(const Request& request, const Outcome& outcome) {
  const bool exact = request.way.codec.quantizer == Quantizer::kFp32;
  return Classifies(*request.deployment) || exact ||
         (ByCloud(outcome.path) && outcome.tolerance == 0);
}

// To be asked of a cloud, without anything of the answer. Its tensors are shared.
std::shared_ptr<Request> CopyOf(const Request& request) {
  auto copy = std::make_shared<Request>();
  copy->deployment = request.deployment;
  copy->frame.id = request.frame.id;
  copy->raw = request.raw;
  copy->inputs = request.inputs;
  copy->cut = request.cut;
  copy->way = request.way;
  return copy;
}

// Errors: what an answer cannot be.
absl::StatusOr<std::vector<int64_t>> BestClasses(const std::vector<Tensor>& outputs,
                                                 const ServedModel& model) {
  ASSIGN_OR_RETURN(const Answer answer, Postprocess(outputs, model.info().output, model.labels));
  std::vector<int64_t> classes;
  classes.reserve(answer.classes.size());
  for (const Classification& best : answer.classes) {
    classes.push_back(best.index);
  }
  return classes;
}

}  // namespace

std::optional<int> SmallestCanary(const Deployment& deployment) {
  if (!ComputeTheSame(deployment)) {
    return std::nullopt;
  }
  const Planner& planner = *deployment.steering->planner();
  const bool classifies = Classifies(deployment);
  std::optional<int> smallest;
  const auto bytes = [&](int candidate) { return planner.candidate(candidate).bytes_up.median; };
  for (int i = 0; i < static_cast<int>(planner.set().candidates.size()); ++i) {
    const Candidate& candidate = planner.candidate(i);
    const bool exact = deployment.steering->way(i).codec.quantizer == Quantizer::kFp32;
    const bool alike = exact || (classifies && candidate.accuracy_drop <= kMostDrop);
    if (candidate.uses_cloud() && planner.Allows(candidate) && alike &&
        (!smallest || bytes(i) < bytes(*smallest))) {
      smallest = i;
    }
  }
  return smallest;
}

bool Agree(const std::vector<Tensor>& local, const std::vector<Tensor>& cloud,
           const ServedModel& model) {
  if (model.info().output.kind == OutputKind::kClassification) {
    const auto ours = BestClasses(local, model);
    const auto theirs = BestClasses(cloud, model);
    return ours.ok() && theirs.ok() && *ours == *theirs;
  }
  return std::ranges::equal(cloud, local, [](const Tensor& theirs, const Tensor& ours) {
    if (ours.dtype() != DType::kFloat32) {
      return BitEqual(theirs, ours);
    }
    const absl::StatusOr<double> error = RelativeError(theirs, ours);
    return error.ok() && *error <= kMostDifference;
  });
}

void Shadows::SetDeployment(std::shared_ptr<const Deployment> deployment) {
  deployment_ = std::move(deployment);
  filling_ = MakeShadow(*deployment_);
  canary_ = SmallestCanary(*deployment_);
  comparable_ = ComputeTheSame(*deployment_);
}

void Shadows::After(const RequestPtr& request, const std::vector<Tensor>& outputs) {
  if (request->deployment != deployment_ || (!filling_ && !canary_)) {
    return;
  }
  const Planner& planner = *deployment_->steering->planner();
  const double canary = canary_ ? planner.candidate(*canary_).bytes_up.median : 0;
  const Adaptation::ShadowBytes take = parts_.adaptation.TakeShadow(canary);
  if (!take.canary) {
    Fill(take.cloud, take.bytes);
    return;
  }
  const std::shared_ptr<Request> copy = CopyOf(*request);
  copy->cut.clear();
  copy->way = deployment_->steering->way(*canary_);
  SendCanary({take.cloud, copy, outputs});
}

void Shadows::Beside(const RequestPtr& request, const Outcome& outcome) {
  if (!comparable_ || request->deployment != deployment_ || parts_.clouds.places() < 2 ||
      !Holds(*request, outcome)) {
    return;
  }
  const std::optional<size_t> cloud = parts_.adaptation.TakeCanary(request->bytes_up);
  if (cloud) {
    SendCanary({*cloud, CopyOf(*request), *outcome.outputs, outcome.cloud});
  }
}

void Shadows::Between(const RequestPtr& request) {
  if (request->deployment == deployment_ && filling_ && request->attempt) {
    const size_t cloud = request->attempt->cloud;
    Fill(cloud, parts_.adaptation.TakeFilling(cloud));
  }
}

// Bytes that mean nothing. They are fewer than announced: the cloud never computes with them, and
// drops them with their budget.
void Shadows::Fill(size_t cloud, uint64_t bytes) {
  if (bytes == 0 || !filling_) {
    return;  // there may be no place for a cloud at all
  }
  Session* const session = parts_.clouds.session(cloud);
  if (session == nullptr || !session->CanBegin()) {
    return;
  }
  const uint64_t filled = std::min(bytes, filling_->tensors.front().encoded_bytes - 1);
  if (filled > 0) {
    Submission submission = *filling_;
    submission.budget = kFillingBudget;
    const uint64_t id = session->Begin(std::move(submission), [](const absl::StatusOr<Reply>&) {});
    session->Extend(id, /*tensor=*/0, Bytes::Own(std::string(filled, '\0')));
  }
}

void Shadows::SendCanary(Canary canary) {
  parts_.compute.Post([this, canary = std::move(canary)] {
    const bool begun = !canary.request->cut.empty();
    const absl::Status head = begun ? absl::OkStatus() : RunHead(*canary.request);
    absl::StatusOr<Submission> submission =
        head.ok() ? Encode(*canary.request, parts_.clouds.Parameters(canary.cloud)) : head;
    if (!submission.ok()) {
      Log(LogLevel::kWarning, "canary_failed",
          {{"id", canary.request->frame.id}, {"reason", submission.status()}});
      return;
    }
    boost::asio::post(parts_.io, [this, canary, submission = *std::move(submission)]() mutable {
      Session* const session = parts_.clouds.session(canary.cloud);
      if (session == nullptr || canary.request->deployment != deployment_) {
        return;
      }
      session->Submit(std::move(submission), [this, canary](absl::StatusOr<Reply> reply) {
        OnReply(canary, std::move(reply));
      });
    });
  });
}

void Shadows::OnReply(const Canary& canary, absl::StatusOr<Reply> reply) {
  if (!reply.ok()) {
    if (!absl::IsCancelled(reply.status())) {
      parts_.adaptation.OnCloudFailed(canary.cloud);
    }
    return;
  }
  parts_.adaptation.OnAnswered(canary.cloud);
  parts_.output.Post([this, canary, reply = *std::move(reply)] {
    absl::StatusOr<std::vector<Tensor>> outputs = DecodeReply(reply, parts_.max_tensor);
    const ServedModel& model = *canary.request->deployment->model;
    const bool agree = outputs.ok() && Agree(canary.outputs, *outputs, model);
    boost::asio::post(parts_.io, [this, canary, agree] { Judge(canary, agree); });
  });
}

void Shadows::Judge(const Canary& canary, bool agree) {
  parts_.adaptation.OnCanary(canary.cloud, agree);
  if (!agree) {
    const Way& way = canary.request->way;
    Log(LogLevel::kWarning, "canary_wrong",
        {{"cloud", parts_.clouds.address(canary.cloud)},
         {"id", canary.request->frame.id},
         {"cut", way.cut.name},
         {"codec", ToString(way.codec)},
         {"reason", "the cloud's answer is not the one that " +
                        (canary.by.empty() ? "was computed here" : canary.by + " gave")}});
  }
}

}  // namespace tideline
