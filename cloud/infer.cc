#include "cloud/infer.h"

#include <utility>
#include <vector>

#include "boost/asio/dispatch.hpp"
#include "boost/asio/steady_timer.hpp"

#include "cloud/request_check.h"
#include "common/inference/metadata.h"
#include "common/model/postprocess.h"
#include "common/model/preprocess.h"

namespace tideline {
namespace {

constexpr int64_t kWrittenAtOnce = 4096;  // values of an answer that the I/O thread writes itself

// What the worker is given: an image without its mean and deviation, which it applies, or a tensor.
absl::StatusOr<Tensor> InputOf(const InferCall& call) {
  const InputInfo& input = call.model->info().inputs.front();
  if (const Tensor* tensor = std::get_if<Tensor>(&call.input)) {
    return PreprocessTensor(*tensor, input);
  }
  return PreprocessImage(std::get<Bytes>(call.input).view, input);
}

int64_t ValuesOf(const std::vector<Tensor>& outputs) {
  int64_t values = 0;
  for (const Tensor& output : outputs) {
    values += output.numel();
  }
  return values;
}

void WriteAnswer(const ServedModel& model, const InferReply& reply, std::vector<Tensor> outputs) {
  absl::StatusOr<Answer> answer =
      Postprocess(std::move(outputs), model.info().output, model.labels);
  if (!answer.ok()) {
    reply(answer.status());
    return;
  }
  reply(InferAnswer{.model = model.files.name,
                    .version = model.files.version,
                    .names = OutputNames(model),
                    .outputs = std::move(answer->outputs),
                    .labels = model.labels,
                    .parameters = {{"path", "cloud"}, {"cut", model.frontiers->input().name}}});
}

}  // namespace

struct CloudInfer::Open {
  Open(boost::asio::io_context& io, InferCall call, InferReply reply)
      : call(std::move(call)), reply(std::move(reply)), timer(io) {}

  InferCall call;
  InferReply reply;
  Job job;                          // until it is the worker's
  boost::asio::steady_timer timer;  // until its deadline
};

absl::StatusOr<std::shared_ptr<const ServedModel>> FindServed(const ModelSet& models,
                                                              std::string_view name,
                                                              std::string_view version) {
  ASSIGN_OR_RETURN(auto model, models.Named(name));
  RETURN_IF_ERROR(CheckModelName(*model, name, version));
  return model;
}

CloudInfer::CloudInfer(boost::asio::io_context& io, const ModelSet& models, Worker& worker,
                       CloudMonitor& monitor, const CloudInferLimits& limits)
    : io_(io),
      models_(models),
      worker_(worker),
      monitor_(monitor),
      limits_(limits),
      places_(Places::Make(limits.max_requests, limits.max_bytes)) {}

absl::StatusOr<std::shared_ptr<void>> CloudInfer::Admit(uint64_t bytes) {
  const auto admit = [&]() -> absl::StatusOr<std::shared_ptr<void>> {
    RETURN_IF_ERROR(worker_.Admit(bytes));
    return places_->Take(bytes);
  };
  absl::StatusOr<std::shared_ptr<void>> place = admit();
  if (!place.ok()) {
    monitor_.OnRefused(place.status());
  }
  return place;
}

void CloudInfer::Compute(InferCall call, InferReply reply) {
  const bool is_image = std::holds_alternative<Bytes>(call.input);
  const auto open = std::make_shared<Open>(io_, std::move(call), std::move(reply));
  if (is_image) {
    routes_.Post([this, open] { Prepare(open); });
  } else {
    Prepare(open);
  }
}

// I/O thread or that of `routes_`.
void CloudInfer::Prepare(const OpenPtr& open) {
  absl::Status status = MakeJob(open);
  boost::asio::dispatch(io_, [this, open, status = std::move(status)] {
    if (status.ok()) {
      Submit(open);
    } else {
      Refuse(open, status);
    }
  });
}

absl::Status CloudInfer::MakeJob(const OpenPtr& open) const {
  InferCall& call = open->call;
  ASSIGN_OR_RETURN(Tensor input, InputOf(call));
  const bool is_image = std::holds_alternative<Bytes>(call.input);
  call.input = Bytes();  // and with it what has come
  Job& job = open->job;
  job.user = std::string(kHttpUser);
  job.request = call.number;
  job.model = call.model;
  job.cut = call.model->frontiers->input();
  job.tensors = {
      EncodedTensor{.dtype = input.dtype(),
                    .shape = input.shape(),
                    .strides = input.strides(),
                    .codec = {is_image ? Quantizer::kRaw : Quantizer::kFp32, Level::kStored},
                    .encoded_bytes = call.bytes}};
  const absl::Status fits = CheckTensors(*call.model, job.cut, job.tensors, limits_.max_tensor);
  if (!fits.ok()) {  // too large is not overload: it stays so
    return absl::InvalidArgumentError(fits.message());
  }
  job.held = input.nbytes();
  RETURN_IF_ERROR(std::static_pointer_cast<Places::Place>(call.place)->Resize(job.held));
  job.arrived = call.arrived;
  if (call.deadline) {
    job.expires = call.arrived + *call.deadline;
  }
  job.encodes = false;
  job.decoded =
      DecodedTensors{.tensors = {std::move(input)}, .after_end = clock_.Now() - call.arrived};
  return absl::OkStatus();
}

void CloudInfer::Submit(const OpenPtr& open) {
  Job job = std::move(open->job);
  // It was admitted before this cloud began to shut down, if it does.
  if (const absl::Status status = worker_.queue().Admit(job.held); !status.ok()) {
    Refuse(open, status);
    return;
  }
  if (open->call.deadline) {
    open->timer.expires_after(absl::ToChronoNanoseconds(job.expires - clock_.Now()));
    open->timer.async_wait([this, open](const boost::system::error_code& error) {
      if (!error && worker_.Cancel(kServer, open->call.number)) {
        monitor_.OnFailed(*open->call.model, open->call.arrived);
        Refuse(open, DeadlineExceeded("the deadline came while the request waited"));
      }
    });
  }
  job.is_unwanted = [open] { return open->reply.IsUnwanted(); };
  job.done = [this, open](const Job& ended, JobEnd end) { OnEnd(open, ended, std::move(end)); };
  worker_.Push(std::move(job));
}

void CloudInfer::OnEnd(const OpenPtr& open, const Job& job, JobEnd end) {
  open->timer.cancel();
  if (!end.result.ok()) {
    end.started ? monitor_.OnRunFailed(job) : monitor_.OnFailed(*job.model, job.arrived);
    Refuse(open, end.result.status());
    return;
  }
  monitor_.OnServed(job, *end.result, *end.started, {open->call.id, open->call.traceparent},
                    monitor_.http());
  std::vector<Tensor>& outputs = end.result->outputs;
  const bool is_short = ValuesOf(outputs) <= kWrittenAtOnce;
  // The place is free before the answer goes: whoever has that may come again.
  auto write = [open, outputs = std::move(outputs)] {
    open->call.place.reset();
    WriteAnswer(*open->call.model, open->reply, outputs);
  };
  is_short ? write() : routes_.Post(std::move(write));
}

void CloudInfer::Refuse(const OpenPtr& open, const absl::Status& why) {
  monitor_.OnRefused(why);
  open->call.place.reset();
  open->reply(why);
}

}  // namespace tideline
