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
    "54444c510100010000006b020000010063000006000000003e020000000000003f0100000040004e020000544c"
    "4c54020501000200000028b52ffda08ad20100951100f612472d205b0701385503a82580123602a302877bd148"
    "70c24ae3b461aa894770e40de142c1c0322931725537d9ee9102360037004100dffb7f960b16dfb9589cdfb9b8"
    "ffbfe4ff0fff5ff7fefdfbf71f44ff013ff8f95fe0ec2bf2ad96d4c01f3ce09f96d19ab23730a64d0154d8ac59"
    "ce1a1a8bd4115872ac667ebc1b04017088e0716c9397dacc781879027cddffebef07c2e13ff1bdfeffbaffffff"
    "fff7fffe9d10ad888066cda5b9f465278ab8b345636857ec0e71885577280dfd714d17085ca52a1b3898589ead"
    "183ef131f829757786f6848b09fb652b907ffcdc2c35e25c060161239ebce790f0abfd350ab6ebf23931d428d8"
    "a40ed59ba9aeb642c3476be138d4d50936a1dee68c924874e7f7ddffffff37b6ddffeddefbfff76ea011b575aa"
    "4e39496bd070a4344d96030d27d86100e33f1254d1b40a03fe48a0a259a5f78a86a81d3b557a67517e7756ae6e"
    "9a82f39a53691aaac76f494db1aac3527cdc91c12f8e5b25864643b48352277f54d02f4ed2a962613c752e6865"
    "d8eeab6afa287b60855a10366d4518125311b2d15642495a6887ccab9630758b2758d4c290583510a2725bbd03"
    "f45750a6154d13d87337f8ea6ca40ae102b1ba4de12da5741b7c8a4fd3e8300227153840c5220a3aa7a77174c6"
    "0839c002151e7320944c91a1211e3d8c91c26698e58032067cc898da288ee11d5779bdb8d7356f5699c2c6cc94"
    "5158caf8860a9650392221b4810578a19a9852819a6f2b7ba42044f3423d71d2c2b82a7caff6928db83217351b"
    "65c0ff";

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
constexpr char kDenseCalibrated[] = "3205145b74fc2e3542dc1c5892754f";
constexpr char kFastCalibrated[] =
    "0228b52ffd2419c900000110000110001101110110001110001110110111001110110151c64e70c554ea3a";
constexpr char kFastOwnRange[] =
    "0228b52ffd2419c90000000000000000100000110000111022332122432133443233547e133561a4c7271f";
constexpr char kDenseOwnRange[] = "120e7ce329e72f310d8df298f5af570977214ad63901b86a";

TEST_F(LosslessGoldenTest, TheParametersHaveTheirId) {
  ASSERT_NE(parameters_, nullptr);
  EXPECT_EQ(parameters_->id, 14630806502134982848u);
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
