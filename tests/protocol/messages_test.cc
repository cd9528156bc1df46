#include "protocol/messages.h"

#include <cstring>
#include <limits>

#include <flatbuffers/flatbuffers.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/file.h"
#include "tests/protocol/examples.h"

namespace tideline::wire {
namespace {

using testing::HasSubstr;

absl::StatusOr<Header> Decode(std::string_view bytes) {
  return DecodeHeader(std::as_bytes(std::span(bytes)));
}

// Bytes of a message that can be harmed; every verb leaves them so.
class Hostile {
 public:
  explicit Hostile(const Header& header) : bytes_(*EncodeHeader(header)) {}

  Hostile& TruncateTo(size_t size) {
    bytes_.resize(size);
    return *this;
  }
  Hostile& GrowTo(size_t size) {
    bytes_.resize(size, '\0');
    return *this;
  }
  Hostile& FlipBit(size_t bit) {
    bytes_[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    return *this;
  }
  Hostile& SetByte(size_t at, uint8_t value) {
    bytes_[at] = static_cast<char>(value);
    return *this;
  }
  Hostile& Identify(std::string_view identifier) {
    bytes_.replace(4, identifier.size(), identifier);
    return *this;
  }
  size_t size() const { return bytes_.size(); }
  const std::string& bytes() const { return bytes_; }
  absl::StatusOr<Header> Decode() const { return wire::Decode(bytes_); }

 private:
  std::string bytes_;
};

Request RequestWith(const EncodedTensor& tensor) {
  return {.id = 1, .cut = "features.3", .tensors = {tensor}};
}

void ExpectRefusedByEncoder(const Header& header, const char* text) {
  const auto encoded = EncodeHeader(header);
  EXPECT_EQ(encoded.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(encoded.status().message()), HasSubstr(text));
}

TEST(Messages, EveryKindComesBackAsItWasSent) {
  for (const auto& [name, header] : Examples()) {
    const auto encoded = EncodeHeader(header);
    ASSERT_TRUE(encoded.ok()) << name << ": " << encoded.status();
    const auto decoded = Decode(*encoded);
    ASSERT_TRUE(decoded.ok()) << name << ": " << decoded.status();
    EXPECT_EQ(Name(*decoded), name);
    // The same struct gives the same bytes, and every field of the examples differs from 0.
    EXPECT_EQ(*EncodeHeader(*decoded), *encoded) << name;
  }
}

TEST(Messages, TheFieldsOfARequestSurvive) {
  const auto decoded = Decode(*EncodeHeader(RequestWith(ExampleTensor())));
  ASSERT_TRUE(decoded.ok());
  const Request& request = std::get<Request>(*decoded);
  const EncodedTensor& tensor = request.tensors.at(0);
  EXPECT_EQ(request.cut, "features.3");
  EXPECT_EQ(tensor.dtype, DType::kUInt8);
  EXPECT_EQ(tensor.shape, (Shape{1, 32, 14, 7}));
  EXPECT_EQ(tensor.strides, (Strides{3136, 1, 224, 32}));
  EXPECT_EQ(tensor.codec, ExampleTensor().codec);
  EXPECT_EQ(tensor.scale, 0.125F);
  EXPECT_EQ(tensor.zero_point, -3);
  EXPECT_EQ(tensor.encoded_bytes, 2500U);
}

TEST(Messages, TheExampleInTheFormatIsWhatTheEncoderGives) {
  const std::string format = *ReadFile(TIDELINE_SOURCE_DIR "/protocol/FORMAT.md", 1 << 20);
  const size_t begin = format.find("```hex\n");
  ASSERT_NE(begin, std::string::npos);
  std::string digits;
  for (const char c : format.substr(begin + 7, format.find("```", begin + 7) - begin - 7)) {
    if (std::isxdigit(static_cast<unsigned char>(c)) != 0) {
      digits += c;
    }
  }
  const std::string encoded = *EncodeHeader(ExampleChunk());
  EXPECT_EQ(digits, ToHex({reinterpret_cast<const uint8_t*>(encoded.data()), encoded.size()}));
}

TEST(Messages, AnyAlignmentIsRead) {
  const std::string encoded = *EncodeHeader(Examples()[0].header);
  for (size_t offset = 0; offset < 16; ++offset) {
    const std::string shifted = std::string(offset, 'x') + encoded;
    EXPECT_TRUE(Decode(std::string_view(shifted).substr(offset)).ok()) << offset;
  }
}

// A FlatBuffer may be cut where only padding or nothing that is read is lost; whatever still passes
// must be a message within its limits.
TEST(HostileMessages, TruncatedAtEveryLengthIsNeverACrash) {
  for (const auto& [name, header] : Examples()) {
    const size_t whole = Hostile(header).size();
    for (size_t size = 0; size < whole; ++size) {
      const auto decoded = Hostile(header).TruncateTo(size).Decode();
      if (size < whole / 2) {
        EXPECT_FALSE(decoded.ok()) << name << " of " << size << " of " << whole << " bytes";
      }
      EXPECT_TRUE(!decoded.ok() || EncodeHeader(*decoded).ok());
    }
  }
}

TEST(HostileMessages, EveryFlippedBitIsRefusedOrAMessageWithinItsLimits) {
  for (const auto& [name, header] : Examples()) {
    size_t refused = 0;
    for (size_t bit = 0; bit < Hostile(header).size() * 8; ++bit) {
      const auto decoded = Hostile(header).FlipBit(bit).Decode();
      refused += decoded.ok() ? 0 : 1;
      EXPECT_TRUE(!decoded.ok() || EncodeHeader(*decoded).ok()) << name << " bit " << bit;
    }
    EXPECT_GT(refused, 32U) << name;  // the identifier's bits at least
  }
}

TEST(HostileMessages, EveryByteSetToItsExtremesIsNeverACrash) {
  for (const auto& [name, header] : Examples()) {
    for (size_t at = 0; at < Hostile(header).size(); ++at) {
      for (const uint8_t value : {uint8_t{0}, uint8_t{0x7f}, uint8_t{0x80}, uint8_t{0xff}}) {
        const auto decoded = Hostile(header).SetByte(at, value).Decode();
        EXPECT_TRUE(!decoded.ok() || EncodeHeader(*decoded).ok()) << name << " byte " << at;
      }
    }
  }
}

TEST(HostileMessages, AnOversizeHeaderIsDataLoss) {
  const auto decoded = Hostile(Goodbye{}).GrowTo(kMaxHeader + 1).Decode();
  EXPECT_EQ(decoded.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(Hostile(Goodbye{}).GrowTo(kMaxHeader).Decode().ok());
}

TEST(HostileMessages, AnotherIdentifierIsDataLoss) {
  const auto decoded = Hostile(Cancel{1}).Identify("TDL2").Decode();
  EXPECT_EQ(decoded.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(decoded.status().message()), HasSubstr("TDL1"));
}

// Header{body_type = field 0, body = field 1} around `body`, by hand.
std::string Wrap(flatbuffers::FlatBufferBuilder& builder, uint8_t type, uint32_t body) {
  const auto table = builder.StartTable();
  builder.AddOffset(6, flatbuffers::Offset<void>(body));
  builder.AddElement<uint8_t>(4, type, 0);
  builder.Finish(flatbuffers::Offset<void>(builder.EndTable(table)), "TDL1");
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

// A request (cut = field 2, tensors = field 4) that names one table many times.
std::string RequestNamingOneTensor(size_t times) {
  flatbuffers::FlatBufferBuilder builder;
  const auto cut = builder.CreateString("features.3");
  const auto numbers = builder.CreateVector(std::vector<int64_t>{});
  const auto tensor = builder.StartTable();
  builder.AddOffset(6, numbers);
  builder.AddOffset(8, numbers);
  const flatbuffers::Offset<void> one(builder.EndTable(tensor));
  const auto tensors = builder.CreateVector(std::vector<flatbuffers::Offset<void>>(times, one));
  const auto request = builder.StartTable();
  builder.AddElement<uint64_t>(4, 1, 0);
  builder.AddOffset(8, cut);
  builder.AddOffset(12, tensors);
  return Wrap(builder, /*type=*/3, builder.EndTable(request));
}

TEST(HostileMessages, MoreTablesThanTheVerifierCountsAreDataLoss) {
  EXPECT_TRUE(Decode(RequestNamingOneTensor(kMaxTensors)).ok());
  EXPECT_EQ(Decode(RequestNamingOneTensor(300)).status().code(), absl::StatusCode::kDataLoss);
}

TEST(HostileMessages, TooManyTensorsAreInvalid) {
  const auto decoded = Decode(RequestNamingOneTensor(kMaxTensors + 1));
  EXPECT_EQ(decoded.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(decoded.status().message()), HasSubstr("17"));
}

TEST(HostileMessages, AMessageTypeOfALaterVersionIsDataLoss) {
  flatbuffers::FlatBufferBuilder builder;
  const auto empty = builder.StartTable();
  const auto decoded = Decode(Wrap(builder, /*type=*/13, builder.EndTable(empty)));
  EXPECT_EQ(decoded.status().code(), absl::StatusCode::kDataLoss);
}

// Tables in a field that nobody reads, each in the one before: skipped, however deep.
TEST(HostileMessages, DeepNestingInUnknownFieldsIsSkipped) {
  flatbuffers::FlatBufferBuilder builder;
  flatbuffers::uoffset_t inner = 0;
  for (int depth = 0; depth < 100; ++depth) {
    const auto table = builder.StartTable();
    if (inner != 0) {
      builder.AddOffset(40, flatbuffers::Offset<void>(inner));
    }
    inner = builder.EndTable(table);
  }
  EXPECT_TRUE(Decode(Wrap(builder, /*type=*/10, inner)).ok());
}

TEST(Limits, BadEnumsAreRefused) {
  EncodedTensor tensor = ExampleTensor();
  tensor.dtype = static_cast<DType>(kDTypeCount);
  ExpectRefusedByEncoder(RequestWith(tensor), "dtype is 10");
  tensor = ExampleTensor();
  tensor.codec.quantizer = static_cast<Quantizer>(200);
  ExpectRefusedByEncoder(RequestWith(tensor), "quantizer is 200");
  tensor = ExampleTensor();
  tensor.codec.level = static_cast<Level>(9);
  ExpectRefusedByEncoder(RequestWith(tensor), "level is 9");
  ExpectRefusedByEncoder(Refusal{.request = 1, .code = 0}, "code is 0");
  ExpectRefusedByEncoder(Refusal{.request = 1, .code = 17}, "code is 17");
  ExpectRefusedByEncoder(Welcome{.models = {{static_cast<ModelState>(4), ""}}}, "state is 4");
}

TEST(Limits, ShapesThatOverflowAreRefused) {
  EncodedTensor tensor = ExampleTensor();
  const int64_t large = int64_t{1} << 33;
  tensor.shape = {large, large, large, 1};
  ExpectRefusedByEncoder(RequestWith(tensor), "shape");
  tensor.shape = {2, 2, 2, 2};
  tensor.strides = {int64_t{1} << 40, 1, 1, 1};
  ExpectRefusedByEncoder(RequestWith(tensor), "strides");
  tensor.shape = {-1, 2, 2, 2};
  ExpectRefusedByEncoder(RequestWith(tensor), "dimension");
  tensor = ExampleTensor();
  tensor.strides.pop_back();
  ExpectRefusedByEncoder(RequestWith(tensor), "4 dimensions and 3 strides");
  tensor = ExampleTensor();
  tensor.encoded_bytes = kMaxBytes + 1;
  ExpectRefusedByEncoder(RequestWith(tensor), "encoded_bytes");
}

TEST(Limits, AnEndIsOfAtMostAllTensors) {
  ExpectRefusedByEncoder(End{.request = 1}, "bytes: 0 of them");
  ExpectRefusedByEncoder(End{.request = 1, .bytes = std::vector<uint64_t>(kMaxTensors + 1)},
                         "bytes: 17 of them");
  ExpectRefusedByEncoder(End{.request = 1, .bytes = {kMaxBytes + 1}}, "bytes is 1099511627777");
  ExpectRefusedByEncoder(End{.request = 1, .bytes = {1, 2}, .cut_short = 4}, "cut_short is 4");
  ExpectRefusedByEncoder(End{.bytes = {1}}, "request is 0");
  ExpectRefusedByEncoder(ProfileRequest{}, "request is 0");
  ExpectRefusedByEncoder(ProfileRequest{.request = 1, .model = kMaxModels}, "model is 16");
}

TEST(Limits, ScalesThatAreNoNumbersAreRefused) {
  EncodedTensor tensor = ExampleTensor();
  tensor.scale = std::numeric_limits<float>::quiet_NaN();
  ExpectRefusedByEncoder(RequestWith(tensor), "scale");
}

TEST(Limits, NamesAreBoundedAndPrintable) {
  ExpectRefusedByEncoder(Hello{.frontier_rule = {1, 1}, .edge = std::string(kMaxName + 1, 'a')},
                         "edge has 257 bytes");
  ExpectRefusedByEncoder(Hello{.frontier_rule = {1, 1}, .edge = "a\nb"}, "control character");
}

TEST(Limits, RangesThatAreNoneAreRefused) {
  ExpectRefusedByEncoder(Hello{.protocol = {2, 1}}, "protocol versions are 2 to 1");
  ExpectRefusedByEncoder(Hello{.codec = {0, 1}}, "codec versions are 0 to 1");
}

TEST(Limits, AHeaderThatIsTooLongAllTogetherIsRefused) {
  Hello hello;
  for (size_t i = 0; i < kMaxModels; ++i) {
    hello.models.emplace_back().name.assign(kMaxName, 'm');
  }
  ExpectRefusedByEncoder(hello, "at most 4096");
}

TEST(Limits, LongReasonsAreCutBetweenCharacters) {
  std::string reason = std::string(kMaxText - 1, 'a') + "\u00e9 and more";
  reason[3] = '\n';
  const auto decoded = Decode(*EncodeHeader(Refusal{.request = 1, .code = 8, .reason = reason}));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(std::get<Refusal>(*decoded).reason, "aaa " + std::string(kMaxText - 5, 'a'));
}

TEST(Limits, AWelcomeWithTheLongestReasonsStillFits) {
  Welcome welcome{.cloud = std::string(kMaxName, 'c'), .isa = std::string(kMaxName, 'i')};
  welcome.models.assign(kMaxModels, {ModelState::kFailed, std::string(kMaxText, 'r')});
  EXPECT_TRUE(EncodeHeader(welcome).ok());
}

}  // namespace
}  // namespace tideline::wire
