#include <algorithm>
#include <utility>

#include "cloud/job.h"
#include "common/model/image.h"
#include "common/model/preprocess.h"
#include "protocol/codec/codec.h"

namespace tideline {
namespace {

// What came over the wire and was not decoded meanwhile.
absl::StatusOr<DecodedTensors> Decode(const Job& job, uint64_t max_tensor) {
  DecodedTensors decoded;
  for (size_t i = 0; i < job.tensors.size(); ++i) {
    ASSIGN_OR_RETURN(Decoder::CutShort tensor, DecodePrefix(job.tensors[i], job.encoded[i].view,
                                                            max_tensor, job.parameters.get()));
    decoded.tensors.push_back(std::move(tensor.tensor));
    decoded.tolerance = std::max(decoded.tolerance, tensor.tolerance);
  }
  return decoded;
}

// One value of the cut; images are decoded and normalised by the same code as on the edge.
absl::StatusOr<Tensor> ToValue(const Job& job, const Tensor& tensor, Quantizer quantizer) {
  const InputInfo& input = job.model->info().inputs.front();
  switch (quantizer) {
    case Quantizer::kRaw:
      return Normalize(tensor, input);
    case Quantizer::kJpeg: {
      ASSIGN_OR_RETURN(const Tensor raw, DecodeImage({tensor.data(), tensor.nbytes()},
                                                     /*channels=*/input.shape.front()));
      return Normalize(raw, input);
    }
    default:
      return tensor;
  }
}

absl::Status Encode(TailResult* result) {
  Encoder encoder;
  for (const Tensor& output : result->outputs) {
    ASSIGN_OR_RETURN(Encoded encoded,
                     EncodeWhole(encoder, output, {Quantizer::kFp32, Level::kStored}));
    result->tensors.push_back(std::move(encoded.description));
    result->encoded.push_back(std::move(encoded.bytes));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TailResult> RunTail(const Job& job, uint64_t max_tensor, FailureStreak& engine) {
  const SystemClock clock;
  const ServedModel& model = *job.model;
  TailResult result;
  const MonotonicTime begin = clock.Now();
  std::optional<DecodedTensors> decoded = job.decoded;
  if (!decoded) {
    ASSIGN_OR_RETURN(decoded, Decode(job, max_tensor));
  }
  std::vector<Tensor> values;
  for (size_t i = 0; i < job.tensors.size(); ++i) {
    ASSIGN_OR_RETURN(Tensor value,
                     ToValue(job, decoded->tensors[i], job.tensors[i].codec.quantizer));
    values.push_back(std::move(value));
  }
  const MonotonicTime ready = clock.Now();
  result.decode = decoded->after_end + (ready - begin);
  result.tolerance = decoded->tolerance;
  absl::StatusOr<std::vector<Tensor>> outputs =
      model.prepared->Run({job.cut, model.frontiers->edge()}, values);
  engine.OnAnswer(outputs.status());
  RETURN_IF_ERROR(outputs.status());
  result.outputs = *std::move(outputs);
  result.tail = clock.Now() - ready;
  if (job.encodes) {
    RETURN_IF_ERROR(Encode(&result));
  }
  return result;
}

}  // namespace tideline
