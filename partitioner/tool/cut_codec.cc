#include "partitioner/tool/cut_codec.h"

#include <memory>

#include "protocol/codec/codec.h"

namespace tideline {
namespace {

absl::StatusOr<Carried> Carry(Encoder& encoder, const CodecSpec& spec, const Tensor& tensor) {
  ASSIGN_OR_RETURN(const Encoded encoded, EncodeWhole(encoder, tensor, spec));
  ASSIGN_OR_RETURN(Tensor decoded, DecodeWhole(encoded.description, encoded.bytes.view,
                                               /*max_tensor=*/tensor.nbytes()));
  return Carried{std::move(decoded), static_cast<int64_t>(encoded.bytes.size())};
}

}  // namespace

absl::StatusOr<CutCodec> OpenCutCodec(const std::string& name) {
  ASSIGN_OR_RETURN(const CodecSpec spec, ParseCodecSpec(name));
  if (spec.quantizer == Quantizer::kRaw || spec.quantizer == Quantizer::kJpeg) {
    return InvalidArgument(
        "codec '{}' takes images, cut tensors take fp32, fp16, bf16, int1 to int8, q2 to q256",
        name);
  }
  return CutCodec{.name = ToString(spec),
                  .lossless = spec.quantizer == Quantizer::kFp32,
                  .carry = [encoder = std::make_shared<Encoder>(), spec](const Tensor& tensor) {
                    return Carry(*encoder, spec, tensor);
                  }};
}

}  // namespace tideline
