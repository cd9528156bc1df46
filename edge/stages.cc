#include "edge/stages.h"

#include <algorithm>
#include <utility>

#include "common/model/image.h"
#include "common/model/preprocess.h"
#include "protocol/codec/codec.h"

namespace tideline {
namespace {

// Adds the time of its own life to `sum`.
class StageTimer {
 public:
  explicit StageTimer(absl::Duration* sum) : sum_(sum), begin_(clock_.Now()) {}
  ~StageTimer() { *sum_ += clock_.Now() - begin_; }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  const SystemClock clock_;
  absl::Duration* const sum_;
  const MonotonicTime begin_;
};

// The network's input out of a frame: an image's pixels and, for a tensor, the input itself.
struct Input {
  Tensor raw;                  // uint8 [H, W, C]; images only
  std::vector<Tensor> values;  // tensors only
};

absl::StatusOr<Input> ReadInput(const SourceFrame& frame, const ModelInfo& info) {
  RETURN_IF_ERROR(frame.input.status());
  const InputInfo& input = info.inputs.front();
  if (const Tensor* tensor = std::get_if<Tensor>(&*frame.input)) {
    ASSIGN_OR_RETURN(Tensor value, PreprocessTensor(*tensor, input));
    return Input{{}, {std::move(value)}};
  }
  const ImageFile& image = std::get<ImageFile>(*frame.input);
  ASSIGN_OR_RETURN(Tensor raw, PreprocessImage(image.bytes.view, input));
  return Input{std::move(raw), {}};
}

absl::StatusOr<std::vector<Tensor>> NormalizedInput(const Input& input, const ModelInfo& info) {
  if (!input.raw.defined()) {
    return input.values;
  }
  ASSIGN_OR_RETURN(Tensor normalized, Normalize(input.raw, info.inputs.front()));
  return std::vector<Tensor>{std::move(normalized)};
}

// What crosses the cut, before it is encoded.
absl::StatusOr<std::vector<Tensor>> CutValues(const Request& request) {
  const Deployment& deployment = *request.deployment;
  const CodecSpec& codec = request.codec;
  if (IsImage(codec)) {
    if (!request.raw.defined()) {
      return InvalidArgument("{}: codec '{}' needs an image", request.frame.name, ToString(codec));
    }
    if (codec.quantizer == Quantizer::kRaw) {
      return std::vector<Tensor>{request.raw};
    }
    ASSIGN_OR_RETURN(Tensor jpeg, EncodeJpegTensor(request.raw, codec.jpeg_quality));
    return std::vector<Tensor>{std::move(jpeg)};
  }
  if (deployment.cut.is_input()) {
    return NormalizedInput({request.raw, request.inputs}, deployment.model->info());
  }
  return request.cut;
}

}  // namespace

absl::Status Preprocess(Request& request) {
  const StageTimer timer(&request.latency.head);
  ASSIGN_OR_RETURN(Input input, ReadInput(request.frame, request.deployment->model->info()));
  request.raw = std::move(input.raw);
  request.inputs = std::move(input.values);
  return absl::OkStatus();
}

absl::Status RunHead(Request& request) {
  const Deployment& deployment = *request.deployment;
  if (deployment.cut.is_input()) {
    return absl::OkStatus();
  }
  const StageTimer timer(&request.latency.head);
  ASSIGN_OR_RETURN(const std::vector<Tensor> inputs,
                   NormalizedInput({request.raw, request.inputs}, deployment.model->info()));
  const ServedModel& model = *deployment.model;
  ASSIGN_OR_RETURN(request.cut,
                   model.prepared->Run({model.frontiers->input(), deployment.cut}, inputs));
  return absl::OkStatus();
}

absl::Status PrepareCut(const Request& request, std::span<const uint64_t> known,
                        CutEncoder& encoder) {
  ASSIGN_OR_RETURN(std::vector<Tensor> tensors, CutValues(request));
  std::vector<CutEncoder::Value> values;
  for (Tensor& tensor : tensors) {
    const StoredParameters* parameters =
        request.deployment->CalibratedFor(values.size(), request.codec);
    if (parameters != nullptr && std::ranges::find(known, parameters->id) == known.end()) {
      parameters = nullptr;
    }
    values.push_back({std::move(tensor), parameters});
  }
  return encoder.Prepare(values, request.codec);
}

absl::StatusOr<std::vector<Tensor>> FinishLocally(const Request& request) {
  const Deployment& deployment = *request.deployment;
  const ServedModel& model = deployment.local();
  if (!deployment.fallback && !request.cut.empty()) {
    return model.prepared->Run({deployment.cut, model.frontiers->edge()}, request.cut);
  }
  Input input{request.raw, request.inputs};
  if (deployment.fallback) {
    ASSIGN_OR_RETURN(input, ReadInput(request.frame, model.info()));
  }
  ASSIGN_OR_RETURN(const std::vector<Tensor> values, NormalizedInput(input, model.info()));
  return model.prepared->Run({model.frontiers->input(), model.frontiers->edge()}, values);
}

absl::StatusOr<std::vector<Tensor>> DecodeReply(const Reply& reply, uint64_t max_tensor) {
  std::vector<Tensor> outputs;
  for (size_t i = 0; i < reply.tensors.size(); ++i) {
    ASSIGN_OR_RETURN(Tensor output,
                     DecodeWhole(reply.tensors[i], reply.encoded[i].view, max_tensor));
    outputs.push_back(std::move(output));
  }
  return outputs;
}

}  // namespace tideline
