#include <array>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "common/base/hash.h"
#include "protocol/codec/codec.h"

// Whole payloads of the levels `fast` and `dense`, with stored parameters and without. Where a
// golden one changes, or decodes to something else, the codec's version must change.
namespace tideline {
namespace {

constexpr uint64_t kMaxTensor = uint64_t{1} << 20;

// A parameter file: cut "c", 6 levels, dead zone 1/8, scales 0.5 and 2, zero points 1 and 0, with
// tables for `dense`.
constexpr char kParameters[] =
    "54444c5101000100000056030000010063000006000000003e020000000000003f01000000400039030000544c"
    "4c54010501000200000028b52ffd600afffd180056215b2f704d321cfc5e1a8af81f066dde280caaaaaaaa1a6a"
    "89dabd7d452892d6fe9fd748d6ffdfb14af688d808217b6f29034f004e004a00ee356f0392f9653097382af333"
    "79b7a332aa29f36ea7e9bc4ec6829af3eef8497e8f1fe47fefbffa4f9efb5db9a9df6e77e76a690dd907591e90"
    "91051a90428ad418160721966c1b8f43299e89a604ad2c8258a831ea226019597631a86dab8b3d8b5159403281"
    "6400c988645b6959ae72958b8ded8d3ba2e48b078bdb5d76d3e496b00c314d739cbb50bf542de19e0b79ef6536"
    "1dcc538fd904e55101101b7bcab65a3e2cdbd59b452ef9554f43b3c525f3ff82e5df415a6269b7c6d294f1c6dc"
    "d9bdffe7e6fcd690648d1a010600da872d6325546100638d565b50dba7656ce422d4c806ba1a002d2aab3cedb3"
    "5adb5819c9d618b5d63eacad56603dabb218c9880f4429e227cb2395e6ed301b97f935d2204b98d7d95d26a972"
    "8ff318940555f1d4e68ff8ab3fe4ce8b3142e8eaeac31a2a06ad0580e0a8b12c552b2949a5d218e05082a43049"
    "a10312603020040c41c260121241081482130a41088f20440889847352075fa0417921bee069517ef2ed033a9b"
    "91f1cc1731078add8c470d7754b705422e4a1a3010f482aef258f36f09398641e29f830a081a40729f6d92faa6"
    "5f363060617dee88db85d38357d65b71a6b308e23df345734e7c6df603950e408b88e2d32e9bf11a9a4f33bcb6"
    "b8ea78a428dd22773081783efd170211fc308131b9764588480f228ba89dffd201982e2303e9f8325c986273e0"
    "0da53a0dd225e1a15e8eb13d33639d44640654f8ad3b20399b059ed2d64b453695bb5bd15b808c90d5d6256605"
    "a143161eb0e4ca6dbf3387b7a4ed3cc34d87eee6ad860d8324b840b559acb0950196029c0873b71be6aa518d78"
    "2331d47da0878166fc15898e08e24114ce72f1996510bcd51255961b07278261ebea8e1fd5834f0d977b4bd9a2"
    "8b3bb71b6ed4cf3c9a7a37d65a22cd25385a99b650c32089cff73d9f95d8f3c52875e89c37880aa6407f0becf1"
    "c2ca81e92b123503240c5655163a3933b33c6619822b0436bd0313aa07e68bab51a7c83c4b3260524906f309f4"
    "4ebd13a3765d09e13fcf3ee0f4";

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

std::string Hex(std::span<const std::byte> bytes) {
  return ToHex({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

// Two channels, a steep one and a steeper one, some of it clipped by the parameters above.
Tensor Slopes() {
  Tensor tensor = Tensor::Allocate(DType::kFloat32, {1, 2, 4, 6}).value();
  auto* values = reinterpret_cast<float*>(tensor.mutable_data());
  for (int i = 0; i < 48; ++i) {
    const int slope = i / 6 % 4 + i % 6 + i * i % 3;
    values[i] = i < 24 ? 0.25f * static_cast<float>(slope) - 0.75f : static_cast<float>(slope);
  }
  return tensor;
}

class LosslessGoldenTest : public ::testing::Test {
 protected:
  LosslessGoldenTest()
      : file_(FromHex(kParameters)),
        store_(ParameterStore::Parse(std::as_bytes(std::span(file_))).value()),
        parameters_(store_->Find("c", /*tensor=*/0, /*levels=*/6)) {}

  // The payload of Slopes, described as with the parameters or with its own range.
  Encoded Described(std::string_view codec, bool calibrated, std::string_view hex) const {
    Encoder encoder;
    Encoded encoded = EncodeWhole(encoder, Slopes(), ParseCodecSpec(codec).value(),
                                  calibrated ? parameters_ : nullptr)
                          .value();
    encoded.bytes = Bytes::Own(FromHex(hex));
    encoded.description.encoded_bytes = encoded.bytes.size();
    return encoded;
  }

  // The hash of the floats that a payload decodes to.
  std::string Decoded(const Encoded& encoded) const {
    const absl::StatusOr<Tensor> tensor =
        DecodeWhole(encoded.description, encoded.bytes.view, kMaxTensor, store_.get());
    if (!tensor.ok()) {
      return std::string(tensor.status().message());
    }
    return ToHex(Sha256({tensor->data(), tensor->nbytes()})).substr(0, 16);
  }

  std::string Payload(std::string_view codec, bool calibrated) const {
    Encoder encoder;
    return Hex(EncodeWhole(encoder, Slopes(), ParseCodecSpec(codec).value(),
                           calibrated ? parameters_ : nullptr)
                   .value()
                   .bytes.view);
  }

  const std::string file_;
  const std::shared_ptr<const ParameterStore> store_;
  const StoredParameters* const parameters_;
};

constexpr char kCalibrated[] = "6ab54d3dad81521d";  // of the decoded floats
constexpr char kOwnRange[] = "7ee53a29c7490ae7";
constexpr char kDenseCalibrated[] = "310907460b29a5fb074abe1158668740cdad91";
constexpr char kFastCalibrated[] =
    "0128b52ffd2419c900000110000110001101110110001110001110110111001110110151c64e70dd0b32e4";
constexpr char kFastOwnRange[] =
    "0128b52ffd2419c90000000000000000100000110000111022332122432133443233547e133561a4c7271f";
constexpr char kDenseOwnRange[] = "110a7cef6d930d70f4fe555e4dc79cd83901b86a";

TEST_F(LosslessGoldenTest, TheParametersHaveTheirId) {
  ASSERT_NE(parameters_, nullptr);
  EXPECT_EQ(parameters_->id, 14081812984471861184u);
  EXPECT_NE(parameters_->tables, nullptr);
}

TEST_F(LosslessGoldenTest, DenseWithParameters) {
  EXPECT_EQ(Payload("q6/dense", /*calibrated=*/true), kDenseCalibrated);
  EXPECT_EQ(Decoded(Described("q6/dense", /*calibrated=*/true, kDenseCalibrated)), kCalibrated);
}

TEST_F(LosslessGoldenTest, DenseWithItsOwnRange) {
  EXPECT_EQ(Payload("q6/dense", /*calibrated=*/false), kDenseOwnRange);
  EXPECT_EQ(Decoded(Described("q6/dense", /*calibrated=*/false, kDenseOwnRange)), kOwnRange);
}

// zstd's bytes may change with its release; what they decode to may not.
TEST_F(LosslessGoldenTest, FastDecodes) {
  EXPECT_EQ(Decoded(Described("q6/fast", /*calibrated=*/true, kFastCalibrated)), kCalibrated);
  EXPECT_EQ(Decoded(Described("q6/fast", /*calibrated=*/false, kFastOwnRange)), kOwnRange);
}

TEST_F(LosslessGoldenTest, WhatIsEncodedNowDecodesToTheSame) {
  for (const char* codec : {"q6/stored", "q6/zstd", "q6/fast", "q6/dense"}) {
    Encoder encoder;
    const Encoded encoded =
        EncodeWhole(encoder, Slopes(), ParseCodecSpec(codec).value(), parameters_).value();
    EXPECT_EQ(Decoded(encoded), kCalibrated) << codec;
  }
}

}  // namespace
}  // namespace tideline
