#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/tensor/tensor.h"
#include "protocol/codec/codec_spec.h"
#include "protocol/codec/parameters.h"

// Tensors to bytes and back. FORMAT-CODECS.md says what the bytes are. A codec sees the elements in
// logical (N, C, H, W) order; strides travel beside them. Same bytes and same elements on every
// CPU, as long as the rounding mode is the default one.
namespace tideline {

// Takes the next stretch of encoded bytes, which are valid during the call alone. An error stops
// the encoder, which returns it.
using ChunkSink = std::function<absl::Status(std::span<const std::byte>)>;

// Keeps its working memory between calls. Thread-compatible.
class Encoder {
 public:
  Encoder();
  ~Encoder();
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  // Hands the encoded bytes to `sink`, in order. Blocks for the time of encoding.
  // `parameters` are of the store that the decoder will have and are for the spec's levels; nullptr
  // lets an affine quantizer cover the tensor's own range; other quantizers ignore them.
  // Errors: InvalidArgument where the tensor does not suit the codec: raw and jpeg take uint8 of
  // the shapes [H, W, C] and [bytes], kAffine refuses NaN, infinities and, without parameters,
  // values beyond 1.7e38; or where the parameters are for other levels or channels.
  absl::StatusOr<EncodedTensor> Encode(const Tensor& tensor, const CodecSpec& spec,
                                       const StoredParameters* parameters, const ChunkSink& sink);

  // The same in two steps, for who announces a tensor before its bytes are made. Prepare quantizes,
  // which takes a small part of the time of encoding; Run makes the bytes of what was prepared last
  // and returns how many there were. The tensor and `parameters` are needed until then. Errors: as
  // Encode.
  struct Prepared {
    EncodedTensor description;  // encoded_bytes: more than any real tensor takes
    uint64_t stretches = 0;     // that Run makes one after the other; 0 for no bytes
  };
  absl::StatusOr<Prepared> Prepare(const Tensor& tensor, const CodecSpec& spec,
                                   const StoredParameters* parameters);
  absl::StatusOr<uint64_t> Run(const ChunkSink& sink);

 private:
  struct Workspace;
  std::unique_ptr<Workspace> workspace_;
};

// Decodes one tensor from bytes that nobody has checked. Thread-compatible.
class Decoder {
 public:
  // Checks the description, then allocates: at most twice `max_tensor` bytes and 64 elements.
  // `store` is only read during the call and may be nullptr. Errors: InvalidArgument for a
  // description that cannot be or names parameters that `store` has not, ResourceExhausted where
  // the decoded tensor has more than `max_tensor` bytes.
  static absl::StatusOr<std::unique_ptr<Decoder>> Create(const EncodedTensor& description,
                                                         uint64_t max_tensor,
                                                         const ParameterStore* store = nullptr);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  // The next bytes, in order and of any number; decompresses them at once.
  // Errors: DataLoss for damaged bytes or more than were announced; the decoder is then done for.
  absl::Status Feed(std::span<const std::byte> bytes);

  // The tensor, after the last byte. Strides are the sender's where they address every element once
  // in at most twice the memory, else contiguous. Call once.
  // Errors: DataLoss where bytes are missing or damaged.
  absl::StatusOr<Tensor> Finish();

  // In place of Finish, where the bytes that are missing will never come: the tensor as far as it
  // is known. Its bytes are vouched for by what carried them, as the checksum is among those that
  // are missing. Errors: InvalidArgument unless the level is progressive, DataLoss where too little
  // came or it is damaged.
  struct CutShort {
    Tensor tensor;
    int tolerance = 0;  // levels of the quantizer that an element may be off
  };
  absl::StatusOr<CutShort> FinishEarly();

  // Either of them: Finish where all of the tensor's `encoded_bytes` have come, of which the
  // description may have had an upper bound alone, FinishEarly where fewer have.
  absl::StatusOr<CutShort> FinishAt(uint64_t encoded_bytes);

 private:
  struct State;
  explicit Decoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The most bytes that a decoder of this tensor holds, its result included; all there are for a
// description that cannot be.
uint64_t DecoderMemory(const EncodedTensor& description);

struct Encoded {
  EncodedTensor description;
  Bytes bytes;
};

// What Encoder::Run makes, in one piece. Errors: as Encoder::Encode.
absl::StatusOr<Bytes> RunWhole(Encoder& encoder);

// The encoded bytes in one piece. Errors: as Encoder::Encode.
absl::StatusOr<Encoded> EncodeWhole(Encoder& encoder, const Tensor& tensor, const CodecSpec& spec,
                                    const StoredParameters* parameters = nullptr);

// A tensor that may have been cut short: `bytes` are its first ones. Errors: as Decoder.
absl::StatusOr<Decoder::CutShort> DecodePrefix(const EncodedTensor& description,
                                               std::span<const std::byte> bytes,
                                               uint64_t max_tensor,
                                               const ParameterStore* store = nullptr);

// Errors: as Decoder.
absl::StatusOr<Tensor> DecodeWhole(const EncodedTensor& description,
                                   std::span<const std::byte> bytes, uint64_t max_tensor,
                                   const ParameterStore* store = nullptr);

// In how many stretches a float32 tensor of this shape is coded: each can be sent while the next
// one is encoded, and decoded while the next one arrives.
uint64_t StretchCount(const CodecSpec& spec, const Shape& shape);

}  // namespace tideline
