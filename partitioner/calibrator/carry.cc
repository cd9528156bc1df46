#include "partitioner/calibrator/carry.h"

#include <utility>

#include "absl/time/time.h"

#include "common/base/clock.h"
#include "common/model/image.h"

namespace tideline {

absl::StatusOr<CarriedCut> CarryCut(Encoder& encoder, const Frontier& cut, const CodecSpec& spec,
                                    const ParameterStore& store,
                                    const std::vector<Tensor>& tensors) {
  const SystemClock clock;
  CarriedCut carried;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const StoredParameters* parameters =
        spec.quantizer == Quantizer::kAffine
            ? store.Find(cut.name, static_cast<uint16_t>(i), spec.levels)
            : nullptr;
    const MonotonicTime start = clock.Now();
    ASSIGN_OR_RETURN(const Encoded encoded, EncodeWhole(encoder, tensors[i], spec, parameters));
    const MonotonicTime middle = clock.Now();
    ASSIGN_OR_RETURN(Tensor decoded,
                     DecodeWhole(encoded.description, encoded.bytes.view, kMaxOwnTensor, &store));
    carried.decode_ms += absl::ToDoubleMilliseconds(clock.Now() - middle);
    carried.encode_ms += absl::ToDoubleMilliseconds(middle - start);
    carried.bytes += static_cast<double>(encoded.bytes.size());
    carried.tensors.push_back(std::move(decoded));
  }
  return carried;
}

absl::StatusOr<CarriedCut> CarryImage(Encoder& encoder, const CodecSpec& spec,
                                      const Tensor& image) {
  const SystemClock clock;
  const MonotonicTime start = clock.Now();
  Tensor sent = image;
  if (spec.quantizer == Quantizer::kJpeg) {
    ASSIGN_OR_RETURN(sent, EncodeJpegTensor(image, spec.jpeg_quality));
  }
  ASSIGN_OR_RETURN(const Encoded encoded, EncodeWhole(encoder, sent, spec));
  const MonotonicTime middle = clock.Now();
  ASSIGN_OR_RETURN(Tensor received,
                   DecodeWhole(encoded.description, encoded.bytes.view, kMaxOwnTensor));
  if (spec.quantizer == Quantizer::kJpeg) {
    ASSIGN_OR_RETURN(received,
                     DecodeImage({received.data(), received.nbytes()}, image.shape().back()));
  }
  const MonotonicTime end = clock.Now();
  return CarriedCut{.tensors = {std::move(received)},
                    .bytes = static_cast<double>(encoded.bytes.size()),
                    .encode_ms = absl::ToDoubleMilliseconds(middle - start),
                    .decode_ms = absl::ToDoubleMilliseconds(end - middle)};
}

}  // namespace tideline
