#include <algorithm>
#include <utility>

#include "cloud/job.h"
#include "common/model/image.h"
#include "common/model/preprocess.h"
#include "protocol/codec/codec.h"

namespace tideline {
namespace {

// One value of the cut out of what came over the wire; images are decoded and normalised by the
// same code as on the edge.
absl::StatusOr<Tensor> DecodeValue(const Job& job, size_t index, uint64_t max_tensor,
                                   int& tolerance) {
  const EncodedTensor& description = job.tensors[index];
  ASSIGN_OR_RETURN(Decoder::CutShort decoded, DecodePrefix(description, job.encoded[index].view,
                                                           max_tensor, job.parameters.get()));
  Tensor tensor = std::move(decoded.tensor);
  tolerance = std::max(tolerance, decoded.tolerance);
  const InputInfo& input = job.model->info().inputs.front();
  switch (description.codec.quantizer) {
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

}  // namespace

absl::StatusOr<TailResult> RunTail(const Job& job, uint64_t max_tensor) {
  const SystemClock clock;
  const ServedModel& model = *job.model;
  TailResult result;
  const MonotonicTime begin = clock.Now();
  std::vector<Tensor> values;
  for (size_t i = 0; i < job.tensors.size(); ++i) {
    ASSIGN_OR_RETURN(Tensor value, DecodeValue(job, i, max_tensor, result.tolerance));
    values.push_back(std::move(value));
  }
  const MonotonicTime decoded = clock.Now();
  result.decode = decoded - begin;
  ASSIGN_OR_RETURN(const std::vector<Tensor> outputs,
                   model.prepared->Run({job.cut, model.frontiers->edge()}, values));
  result.tail = clock.Now() - decoded;
  Encoder encoder;
  for (const Tensor& output : outputs) {
    ASSIGN_OR_RETURN(Encoded encoded,
                     EncodeWhole(encoder, output, {Quantizer::kFp32, Level::kStored}));
    result.tensors.push_back(std::move(encoded.description));
    result.encoded.push_back(std::move(encoded.bytes));
  }
  return result;
}

}  // namespace tideline
