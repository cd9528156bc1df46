#include <cmath>
#include <functional>
#include <limits>
#include <zstd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "protocol/codec/codec.h"
#include "protocol/codec/layout.h"

namespace tideline {
namespace {

using testing::HasSubstr;

constexpr uint64_t kMaxTensor = uint64_t{1} << 20;
constexpr absl::StatusCode kDataLoss = absl::StatusCode::kDataLoss;
constexpr absl::StatusCode kInvalidArgument = absl::StatusCode::kInvalidArgument;

// An encoded tensor and the things that a careless or hostile peer does to it.
class HostileTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    Tensor tensor = Tensor::Allocate(DType::kFloat32, {1, 4, 8, 8}, {256, 1, 32, 4}).value();
    for (int i = 0; i < 256; ++i) {
      reinterpret_cast<float*>(tensor.mutable_data())[i] = i % 3 == 0 ? 0 : std::sin(i * 0.7f);
    }
    Encoder encoder;
    const Encoded encoded =
        EncodeWhole(encoder, tensor, ParseCodecSpec(GetParam()).value()).value();
    description_ = encoded.description;
    bytes_.assign(encoded.bytes.view.begin(), encoded.bytes.view.end());
  }

  void Announce(size_t bytes) { description_.encoded_bytes = bytes; }
  void Truncate(size_t bytes) { bytes_.resize(bytes); }
  void Append(std::span<const std::byte> more) {
    bytes_.insert(bytes_.end(), more.begin(), more.end());
  }
  void Flip(size_t at, uint8_t bits) { bytes_[at] ^= static_cast<std::byte>(bits); }

  absl::Status Decode() { return DecodeWhole(description_, bytes_, kMaxTensor).status(); }

  EncodedTensor description_;
  std::vector<std::byte> bytes_;
};

INSTANTIATE_TEST_SUITE_P(Codecs, HostileTest,
                         testing::Values("fp32", "fp16", "bf16", "int8", "q5", "int1",
                                         "fp32/stored", "fp16/stored", "bf16/stored", "int8/stored",
                                         "q5/stored", "int1/stored", "int8/fast", "q5/fast",
                                         "int8/dense", "q5/dense", "int1/dense"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '/');
                           return name;
                         });

TEST_P(HostileTest, UntouchedItDecodes) { EXPECT_TRUE(Decode().ok()) << Decode(); }

TEST_P(HostileTest, BytesMayComeOneByOne) {
  const std::unique_ptr<Decoder> decoder = Decoder::Create(description_, kMaxTensor).value();
  for (const std::byte& byte : bytes_) {
    ASSERT_TRUE(decoder->Feed({&byte, 1}).ok());
    ASSERT_TRUE(decoder->Feed({}).ok());
  }
  EXPECT_TRUE(
      BitEqual(decoder->Finish().value(), DecodeWhole(description_, bytes_, kMaxTensor).value()));
}

TEST_P(HostileTest, EveryTruncationIsDataLoss) {
  while (!bytes_.empty()) {
    Truncate(bytes_.size() - 1);
    ASSERT_EQ(Decode().code(), kDataLoss) << bytes_.size() << " bytes";
  }
}

TEST_P(HostileTest, AnAnnouncedTruncationIsRefused) {
  for (size_t size = 0; size < bytes_.size(); ++size) {
    Truncate(size);
    Announce(size);
    ASSERT_FALSE(Decode().ok()) << size << " bytes";
    SetUp();
  }
}

TEST_P(HostileTest, MoreBytesThanAnnouncedAreDataLoss) {
  Append(std::vector<std::byte>(1));
  EXPECT_EQ(Decode().code(), kDataLoss);
}

TEST_P(HostileTest, AnnouncedBytesAfterTheEndAreRefused) {
  Append(std::vector<std::byte>(3));
  Announce(bytes_.size());
  EXPECT_FALSE(Decode().ok());
}

TEST_P(HostileTest, EveryFlippedBitIsDataLossOrLeavesTheTensorAsItWas) {
  const Tensor right = DecodeWhole(description_, bytes_, kMaxTensor).value();
  for (size_t bit = 0; bit < 8 * bytes_.size(); ++bit) {
    Flip(bit / 8, static_cast<uint8_t>(1 << bit % 8));
    const absl::StatusOr<Tensor> tensor = DecodeWhole(description_, bytes_, kMaxTensor);
    if (tensor.ok()) {
      ASSERT_TRUE(BitEqual(*tensor, right)) << "bit " << bit;
    } else {
      ASSERT_EQ(tensor.status().code(), kDataLoss) << tensor.status();
    }
    Flip(bit / 8, static_cast<uint8_t>(1 << bit % 8));
  }
}

// Flips each bit of a field; every time the tensor is refused.
template <typename T>
void ExpectFlipsRefused(T& field, const std::function<absl::Status()>& decode) {
  for (size_t bit = 0; bit < 8 * sizeof(T); ++bit) {
    auto* bytes = reinterpret_cast<unsigned char*>(&field);
    bytes[bit / 8] ^= 1 << bit % 8;
    EXPECT_FALSE(decode().ok()) << "bit " << bit;
    bytes[bit / 8] ^= 1 << bit % 8;
  }
}

TEST_P(HostileTest, EveryFlippedBitOfTheDescriptionIsRefused) {
  const auto decode = [this] { return Decode(); };
  ExpectFlipsRefused(description_.dtype, decode);
  ExpectFlipsRefused(description_.shape[1], decode);
  ExpectFlipsRefused(description_.codec.quantizer, decode);
  ExpectFlipsRefused(description_.codec.level, decode);
  ExpectFlipsRefused(description_.codec.levels, decode);
  ExpectFlipsRefused(description_.parameters, decode);
  ExpectFlipsRefused(description_.scale, decode);
  ExpectFlipsRefused(description_.zero_point, decode);
  ExpectFlipsRefused(description_.encoded_bytes, decode);
}

TEST_P(HostileTest, OtherDimensionsOfTheSameSizeAreDataLoss) {
  description_.shape = {1, 8, 4, 8};
  EXPECT_EQ(Decode().code(), kDataLoss);
}

TEST_P(HostileTest, AnotherShapeThanTheBytesHaveIsRefused) {
  for (const Shape& shape : {Shape{1, 4, 8, 7}, Shape{1, 4, 8, 9}, Shape{1, 4, 0, 8}}) {
    description_.shape = shape;
    EXPECT_FALSE(Decode().ok());
  }
}

TEST_P(HostileTest, ATensorAboveTheLimitIsRefusedBeforeItIsAllocated) {
  description_.shape = {1 << 20, 1 << 20, 1, 1};
  EXPECT_EQ(Decode().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(Decode().ToString(), HasSubstr("at most 1048576 are accepted"));
}

TEST_P(HostileTest, ShapesThatOverflowAreRefused) {
  for (const int64_t dim : {int64_t{1} << 62, int64_t{-1}, std::numeric_limits<int64_t>::min()}) {
    description_.shape = {dim, 8, 8, 8};
    EXPECT_EQ(Decode().code(), kInvalidArgument) << dim;
  }
}

TEST_P(HostileTest, StridesThatMakeNoSenseAreReplaced) {
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  for (const Strides& strides :
       {Strides{0, 0, 0, 0}, Strides{-1, 64, 8, 1}, Strides{1, 1, 1, 1}, Strides{256, 300, 8, 1},
        Strides{kLargest, 64, 8, 1}, Strides{256, kLargest, kLargest, kLargest}}) {
    description_.strides = strides;
    const absl::StatusOr<Tensor> tensor = DecodeWhole(description_, bytes_, kMaxTensor);
    ASSERT_TRUE(tensor.ok()) << tensor.status();
    EXPECT_EQ(tensor->strides(), (Strides{256, 64, 8, 1}));
  }
}

TEST_P(HostileTest, ADescriptionThatCannotBeIsRefused) {
  description_.strides.pop_back();
  EXPECT_EQ(Decode().code(), kInvalidArgument);
  SetUp();
  description_.dtype = static_cast<DType>(kDTypeCount);
  EXPECT_EQ(Decode().code(), kInvalidArgument);
  SetUp();
  description_.codec.quantizer = static_cast<Quantizer>(kQuantizerCount);
  EXPECT_EQ(Decode().code(), kInvalidArgument);
  SetUp();
  description_.codec.level = static_cast<Level>(kLevelCount);
  EXPECT_EQ(Decode().code(), kInvalidArgument);
  SetUp();
  for (const int levels : {-1, 0, 1, 257}) {
    description_.codec.levels = levels;
    EXPECT_EQ(Decode().code(), kInvalidArgument);
  }
  SetUp();
  description_.shape.assign(17, 1);
  description_.strides.assign(17, 1);
  EXPECT_EQ(Decode().code(), kInvalidArgument);
}

// The checksum of a tensor with these coded elements.
std::string ChecksumOf(const EncodedTensor& description, const std::string& coded) {
  const uint32_t checksum = Checksum(description, std::as_bytes(std::span(coded)));
  return {reinterpret_cast<const char*>(&checksum), sizeof(checksum)};
}

// What zstd's own library makes of `content`, as the bytes of an int8 tensor of `numel` elements.
class ZstdTest : public testing::Test {
 protected:
  ZstdTest() : context_(ZSTD_createCCtx()) {
    description_.codec = ParseCodecSpec("int8").value();
    description_.scale = 0.5f;
  }
  ~ZstdTest() override { ZSTD_freeCCtx(context_); }

  std::string Compress(const std::string& content) {
    std::string bytes(ZSTD_compressBound(content.size()), '\0');
    bytes.resize(
        ZSTD_compress2(context_, bytes.data(), bytes.size(), content.data(), content.size()));
    return bytes;
  }

  // The checksum is that of `numel` times 'b'.
  absl::Status Decode(const std::string& frame, int64_t numel) {
    description_.shape = {numel};
    description_.strides = {1};
    const std::string bytes = frame + ChecksumOf(description_, std::string(numel, 'b'));
    description_.encoded_bytes = bytes.size();
    return DecodeWhole(description_, std::as_bytes(std::span(bytes)), kMaxTensor).status();
  }

  ZSTD_CCtx* context_;
  EncodedTensor description_;
};

TEST_F(ZstdTest, ABombIsStoppedAtTheTensorsSize) {
  EXPECT_EQ(Decode(Compress(std::string(64 << 20, 'b')), 1 << 16).code(), kDataLoss);
}

TEST_F(ZstdTest, AFrameOfFewerBytesIsDataLoss) {
  EXPECT_TRUE(Decode(Compress(std::string(100, 'b')), 100).ok());
  EXPECT_EQ(Decode(Compress(std::string(99, 'b')), 100).code(), kDataLoss);
  EXPECT_EQ(Decode(Compress(std::string(101, 'b')), 100).code(), kDataLoss);
}

TEST_F(ZstdTest, AWindowAboveTheLimitIsDataLoss) {
  ZSTD_CCtx_setParameter(context_, ZSTD_c_windowLog, 24);
  ZSTD_CCtx_setParameter(context_, ZSTD_c_contentSizeFlag, 0);
  std::string bytes(1 << 16, '\0');
  ZSTD_outBuffer out{bytes.data(), bytes.size(), 0};
  const std::string content(1000, 'b');
  ZSTD_inBuffer first{content.data(), 500, 0};
  ZSTD_inBuffer second{content.data(), 500, 0};
  ZSTD_compressStream2(context_, &out, &first, ZSTD_e_flush);
  ZSTD_compressStream2(context_, &out, &second, ZSTD_e_end);
  bytes.resize(out.pos);
  EXPECT_THAT(Decode(bytes, 1000).ToString(), HasSubstr("zstd: Frame requires too much memory"));
}

TEST_F(ZstdTest, SkippableAndSecondFramesAreDataLoss) {
  const std::string frame = Compress(std::string(1000, 'b'));
  const std::string skippable("\x50\x2A\x4D\x18\x02\x00\x00\x00xx", 10);
  EXPECT_EQ(Decode(skippable + frame, 1000).code(), kDataLoss);
  EXPECT_EQ(Decode(frame + skippable, 1000).code(), kDataLoss);
  EXPECT_EQ(Decode(Compress(std::string(500, 'b')) + Compress(std::string(500, 'b')), 1000).code(),
            kDataLoss);
}

// Elements as they are, with the right checksum.
absl::Status DecodeStored(EncodedTensor description, const std::string& coded) {
  const std::string bytes = coded + ChecksumOf(description, coded);
  description.encoded_bytes = bytes.size();
  return DecodeWhole(description, std::as_bytes(std::span(bytes)), kMaxTensor).status();
}

TEST(DecoderTest, ASymbolThatIsNoneIsDataLoss) {
  EncodedTensor description;
  description.shape = {2};
  description.strides = {1};
  description.codec = ParseCodecSpec("q100/stored").value();
  EXPECT_TRUE(DecodeStored(description, std::string("\0\x63", 2)).ok());
  EXPECT_THAT(DecodeStored(description, std::string("\0\x64", 2)).ToString(),
              HasSubstr("symbol 100 is none of 100 levels"));
}

TEST(DecoderTest, ABoolThatIsNoneIsDataLoss) {
  EncodedTensor description;
  description.dtype = DType::kBool;
  description.shape = {2};
  description.strides = {1};
  description.codec = ParseCodecSpec("fp32/stored").value();
  EXPECT_TRUE(DecodeStored(description, std::string("\0\1", 2)).ok());
  EXPECT_THAT(DecodeStored(description, std::string("\0\2", 2)).ToString(),
              HasSubstr("DATA_LOSS: tensor of shape [2]: a bool is neither 0 nor 1"));
}

TEST(DecoderTest, ScalesOutsideTheLimitsAreRefused) {
  EncodedTensor description;
  description.shape = {1};
  description.strides = {1};
  description.codec = ParseCodecSpec("int4/stored").value();
  for (const float scale : {0.0f, -1.0f, 3e38f, std::numeric_limits<float>::quiet_NaN()}) {
    description.scale = scale;
    EXPECT_EQ(DecodeStored(description, "7").code(), kInvalidArgument);
  }
  description.scale = 1;
  for (const int zero_point : {-1, 16}) {
    description.zero_point = zero_point;
    EXPECT_EQ(DecodeStored(description, "7").code(), kInvalidArgument);
  }
  description.zero_point = 15;
  EXPECT_TRUE(DecodeStored(description, "7").ok());
}

TEST(DecoderTest, LosslessLevelsOfWhatHasNoSymbolsAreRefused) {
  for (const Level level : {Level::kFast, Level::kDense, Level::kProgressive}) {
    EncodedTensor description;
    description.shape = {4};
    description.strides = {1};
    description.codec = {Quantizer::kFp16, level};
    description.encoded_bytes = 12;
    EXPECT_EQ(Decoder::Create(description, kMaxTensor).status().code(), kInvalidArgument);
    description.codec = {Quantizer::kAffine, level};
    description.dtype = DType::kInt32;
    EXPECT_EQ(Decoder::Create(description, kMaxTensor).status().code(), kInvalidArgument);
  }
}

TEST(DecoderTest, RawOfAnotherTypeIsRefused) {
  EncodedTensor description;
  description.shape = {4, 4, 3};
  description.strides = {12, 3, 1};
  description.codec = {Quantizer::kRaw, Level::kStored};
  description.encoded_bytes = 196;
  EXPECT_EQ(Decoder::Create(description, kMaxTensor).status().code(), kInvalidArgument);
}

}  // namespace
}  // namespace tideline
