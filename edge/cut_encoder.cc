#include "edge/cut_encoder.h"

#include <numeric>
#include <string>
#include <utility>

#include "common/base/checked.h"

namespace tideline {
namespace {

constexpr int64_t kLong = 1 << 16;   // elements; fewer are encoded in about a millisecond
constexpr size_t kPiece = 2 * 1024;  // bytes, the smallest chunk

}  // namespace

absl::Status CutEncoder::Prepare(std::span<const Value> values, const CodecSpec& codec) {
  for (const Value& value : values) {
    Encoder& encoder = *encoders_.emplace_back(std::make_unique<Encoder>());
    ASSIGN_OR_RETURN(Encoder::Prepared prepared,
                     encoder.Prepare(value.tensor, codec, value.parameters));
    announcement_.push_back(std::move(prepared.description));
    stretches_.push_back(prepared.stretches);
  }
  return absl::OkStatus();
}

bool CutEncoder::IsLong() const {
  int64_t elements = 0;
  for (const EncodedTensor& tensor : announcement_) {
    elements += CheckedNumel(tensor.shape).value_or(0);
  }
  return elements > kLong && std::reduce(stretches_.begin(), stretches_.end()) > 1;
}

absl::StatusOr<std::vector<Encoded>> CutEncoder::Encode() {
  std::vector<Encoded> all;
  for (size_t i = 0; i < encoders_.size(); ++i) {
    Encoded& encoded = all.emplace_back();
    ASSIGN_OR_RETURN(encoded.bytes, RunWhole(*encoders_[i]));
    encoded.description = announcement_[i];
    encoded.description.encoded_bytes = encoded.bytes.size();
  }
  return all;
}

absl::Status CutEncoder::Stream(const Extend& extend) {
  for (size_t i = 0; i < encoders_.size(); ++i) {
    std::string piece;
    uint64_t left = stretches_[i];  // the last one goes out with the checksums that follow it
    const auto hand_on = [&]() -> absl::Status {
      return extend(i, Bytes::Own(std::exchange(piece, {})))
                 ? absl::OkStatus()
                 : Cancelled("nobody waits for the rest");
    };
    RETURN_IF_ERROR(encoders_[i]
                        ->Run([&](std::span<const std::byte> bytes) {
                          piece.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                          if (piece.size() < kPiece || left <= 1) {
                            return absl::OkStatus();
                          }
                          --left;
                          return hand_on();
                        })
                        .status());
    if (!piece.empty()) {
      RETURN_IF_ERROR(hand_on());
    }
  }
  return absl::OkStatus();
}

}  // namespace tideline
