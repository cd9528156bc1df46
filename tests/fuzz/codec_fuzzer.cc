#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "protocol/codec/codec.h"
#include "protocol/codec/layout.h"

// Any description and any bytes: the decoder returns a tensor that can be read, or an error.
namespace {

// Small, so that many inputs are tried: a larger tensor takes longer and no other way.
constexpr uint64_t kMaxTensor = 4096;

// The levels of the parameter sets that the decoder has: for one tensor, and for three channels.
constexpr std::array kSets = {5, 256, 2};

const tideline::ParameterStore& Store() {
  static const std::shared_ptr<const tideline::ParameterStore> store = [] {
    std::vector<tideline::ParameterSet> sets;
    for (uint16_t i = 0; i < kSets.size(); ++i) {
      sets.push_back({.cut = "c",
                      .tensor = i,
                      .rounding = {.levels = kSets[i], .dead_zone = 0.25f},
                      .channels = std::vector<tideline::Affine>(i == 1 ? 3 : 1, {0.5f, 1})});
    }
    const std::string file = *tideline::WriteParameters(sets);
    return *tideline::ParameterStore::Parse(std::as_bytes(std::span(file)));
  }();
  return *store;
}

// Takes values off the front of the input; zero when it is used up.
class Input {
 public:
  explicit Input(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  template <typename T>
  T Take() {
    T value{};
    const size_t size = std::min(sizeof(T), bytes_.size());
    std::memcpy(&value, bytes_.data(), size);
    bytes_ = bytes_.subspan(size);
    return value;
  }
  std::span<const std::byte> Rest() const { return std::as_bytes(bytes_); }

 private:
  std::span<const uint8_t> bytes_;
};

tideline::EncodedTensor TakeDescription(Input& input) {
  tideline::EncodedTensor description;
  description.dtype = static_cast<tideline::DType>(input.Take<uint8_t>() % 12);
  description.codec.quantizer =
      static_cast<tideline::Quantizer>(input.Take<uint8_t>() % (tideline::kQuantizerCount + 1));
  description.codec.level =
      static_cast<tideline::Level>(input.Take<uint8_t>() % (tideline::kLevelCount + 1));
  description.codec.levels = input.Take<uint8_t>() + 1;
  const uint8_t set = input.Take<uint8_t>();
  description.parameters = set < kSets.size() ? Store().Find("c", set, kSets[set])->id : 0;
  const bool large = input.Take<uint8_t>() % 16 == 0;
  const size_t rank = input.Take<uint8_t>() % 18;
  for (size_t i = 0; i < rank; ++i) {
    description.shape.push_back(large ? input.Take<int64_t>() : input.Take<uint8_t>());
    description.strides.push_back(large ? input.Take<int64_t>() : input.Take<uint8_t>());
  }
  description.scale = input.Take<float>();
  description.zero_point = input.Take<int16_t>();
  return description;
}

// Most stored elements get their right checksum, so that what lies behind it is reached.
std::string TakeBytes(Input& input, tideline::EncodedTensor& description) {
  const uint8_t way = input.Take<uint8_t>();
  std::string bytes(reinterpret_cast<const char*>(input.Rest().data()), input.Rest().size());
  if (way < 200 && description.codec.level == tideline::Level::kStored) {
    const uint32_t checksum = tideline::Checksum(description, input.Rest());
    bytes.append(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
  }
  description.encoded_bytes = bytes.size() + (way < 250 ? 0 : way - 252);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input({data, size});
  const size_t step = input.Take<uint8_t>() % 8 == 0 ? 1 : 64;
  tideline::EncodedTensor description = TakeDescription(input);
  const std::string bytes = TakeBytes(input, description);
  auto decoder = tideline::Decoder::Create(description, kMaxTensor, &Store());
  if (!decoder.ok()) {
    return 0;
  }
  std::span<const std::byte> rest = std::as_bytes(std::span(bytes));
  while (!rest.empty()) {
    const size_t count = std::min(step, rest.size());
    if (!(*decoder)->Feed(rest.first(count)).ok()) {
      return 0;
    }
    rest = rest.subspan(count);
  }
  const absl::StatusOr<tideline::Tensor> tensor = (*decoder)->Finish();
  if (!tensor.ok()) {
    return 0;
  }
  // What came out can be encoded again, and comes back bit by bit.
  tideline::Encoder encoder;
  const auto again = tideline::EncodeWhole(encoder, *tensor, {});
  const auto back = tideline::DecodeWhole(again->description, again->bytes.view, kMaxTensor);
  if (!tideline::BitEqual(*back, *tensor)) {
    std::abort();
  }
  return 0;
}
