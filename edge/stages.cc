#include "edge/stages.h"

#include <algorithm>
#include <utility>

#include "common/base/checked.h"
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
  if (const Pixels* pixels = std::get_if<Pixels>(&*frame.input)) {
    ASSIGN_OR_RETURN(Tensor raw, PreprocessPixels(pixels->rgb, input));
    return Input{std::move(raw), {}};
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
  const CodecSpec& codec = request.way.codec;
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
  if (request.way.cut.is_input()) {
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
  if (request.way.cut.is_input()) {
    return absl::OkStatus();
  }
  const StageTimer timer(&request.latency.head);
  ASSIGN_OR_RETURN(const std::vector<Tensor> inputs,
                   NormalizedInput({request.raw, request.inputs}, deployment.model->info()));
  const ServedModel& model = *deployment.model;
  ASSIGN_OR_RETURN(request.cut,
                   model.prepared->Run({model.frontiers->input(), request.way.cut}, inputs));
  return absl::OkStatus();
}

absl::Status PrepareCut(const Request& request, std::span<const uint64_t> known,
                        CutEncoder& encoder) {
  ASSIGN_OR_RETURN(std::vector<Tensor> tensors, CutValues(request));
  std::vector<CutEncoder::Value> values;
  for (Tensor& tensor : tensors) {
    const StoredParameters* parameters =
        request.deployment->CalibratedFor(values.size(), request.way);
    if (parameters != nullptr && std::ranges::find(known, parameters->id) == known.end()) {
      parameters = nullptr;
    }
    values.push_back({std::move(tensor), parameters});
  }
  return encoder.Prepare(values, request.way.codec);
}

std::optional<Submission> MakeShadow(const Deployment& deployment) {
  if (deployment.steering == nullptr) {
    return std::nullopt;
  }
  const Program& program = *deployment.model->program;
  const Frontier* largest = nullptr;
  int64_t most = 0;
  for (const Way& way : deployment.steering->ways()) {
    const std::optional<int64_t> elements =
        way.cut.values.size() == 1 ? CheckedNumel(program.values[way.cut.values.front()].ShapeAt(1))
                                   : std::nullopt;
    if (way.uses_cloud() && !way.cut.is_input() && elements.value_or(0) > most) {
      largest = &way.cut;
      most = *elements;
    }
  }
  if (largest == nullptr) {
    return std::nullopt;
  }
  const Value& value = program.values[largest->values.front()];
  const absl::StatusOr<Tensor> zeros = Tensor::Allocate(value.dtype, value.ShapeAt(1));
  Encoder encoder;
  absl::StatusOr<Encoder::Prepared> prepared =
      zeros.ok() ? encoder.Prepare(*zeros, {Quantizer::kFp32, Level::kStored}, nullptr)
                 : zeros.status();
  if (!prepared.ok()) {
    return std::nullopt;
  }
  Submission shadow;
  shadow.cut = largest->name;
  shadow.tensors = {std::move(prepared->description)};
  return shadow;
}

absl::StatusOr<std::vector<Tensor>> FinishLocally(const Request& request) {
  const Deployment& deployment = *request.deployment;
  const ServedModel& model = deployment.local();
  const RunOptions options{.stop = request.stop.get_token()};
  if (!deployment.fallback && !request.cut.empty()) {
    return model.prepared->Run({request.way.cut, model.frontiers->edge()}, request.cut, options);
  }
  Input input{request.raw, request.inputs};
  if (deployment.fallback) {
    ASSIGN_OR_RETURN(input, ReadInput(request.frame, model.info()));
  }
  ASSIGN_OR_RETURN(const std::vector<Tensor> values, NormalizedInput(input, model.info()));
  return model.prepared->Run({model.frontiers->input(), model.frontiers->edge()}, values, options);
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
