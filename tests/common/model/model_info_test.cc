#include "common/model/model_info.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tideline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kHash(64, 'a');
const std::string kImageModel = R"(format: 1
name: mobilenet_v2
version: 2
source: torchvision:mobilenet_v2
weights: none
seed: 7
torch: "2.13.0"
batch: dynamic
input:
  kind: image
  name: x
  dtype: float32
  shape: [3, 224, 224]
  resize: 256
  crop: 224
  mean: [0.485, 0.456, 0.406]
  std: [0.229, 0.224, 0.225]
output: {kind: classification, softmax: false}
labels: labels.txt
accuracy: {data: digits, samples: 360, top1: 0.99, interval95: [0.97, 0.995]}
reference: reference.npz
files:
  model.pt2: {sha256: )" + kHash +
                                R"(, bytes: 14767363}
  reference.npz: {sha256: )" + kHash +
                                R"(, bytes: 12}
  labels.txt: {sha256: )" + kHash +
                                R"(, bytes: 34}
)";

// The document with one place changed.
std::string With(const std::string& from, const std::string& to) {
  std::string text = kImageModel;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string ErrorOf(const std::string& text) {
  return ParseModelInfo(text, "m/model.yaml").status().ToString();
}

TEST(ModelInfoTest, WrittenModelsReadTheSame) {
  ModelInfo info = *ParseModelInfo(kImageModel, "m/model.yaml");
  info.quantization = {.tolerance = 0.015, .data = "images: all \"of\" them", .samples = 300};
  const auto read = ParseModelInfo(FormatModelInfo(info), "w/model.yaml");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(FormatModelInfo(*read), FormatModelInfo(info));
  EXPECT_EQ(read->torch, "2.13.0");
  EXPECT_TRUE(read->dynamic_batch);
  EXPECT_EQ(read->inputs[0].crop, 224);
  EXPECT_EQ(read->inputs[0].mean, info.inputs[0].mean);
  EXPECT_EQ(read->inputs[0].stddev, info.inputs[0].stddev);
  EXPECT_EQ(read->files.at("model.pt2").sha256, kHash);
  EXPECT_EQ(read->accuracy, info.accuracy);
  EXPECT_EQ(read->quantization->tolerance, 0.015);
  EXPECT_EQ(read->quantization->data, info.quantization->data);
  EXPECT_EQ(read->quantization->samples, 300);
}

TEST(ModelInfoTest, AQuantizedModelSaysHowFarItIsFromFloat32) {
  const std::string good = "quantization: {tolerance: 0.02, samples: 300}\nreference:";
  EXPECT_EQ(ParseModelInfo(With("reference:", good), "m")->quantization->tolerance, 0.02);
  for (const std::string wrong : {"0", "-1", "1.5", "nan", "much"}) {
    EXPECT_THAT(ErrorOf(With("reference:",
                             "quantization: {tolerance: " + wrong + ", samples: 300}\nreference:")),
                HasSubstr("quantization.tolerance"))
        << wrong;
  }
}

TEST(ModelInfoTest, ReadsEveryField) {
  const absl::StatusOr<ModelInfo> parsed = ParseModelInfo(kImageModel, "m/model.yaml");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const ModelInfo& info = *parsed;
  EXPECT_EQ(info.name, "mobilenet_v2");
  EXPECT_EQ(info.version, 2);
  EXPECT_EQ(info.seed, 7);
  EXPECT_EQ(info.torch, "2.13.0");
  EXPECT_TRUE(info.dynamic_batch);
  ASSERT_EQ(info.inputs.size(), 1u);
  EXPECT_EQ(info.inputs[0].kind, InputKind::kImage);
  EXPECT_THAT(info.inputs[0].shape, ElementsAre(3, 224, 224));
  EXPECT_EQ(info.inputs[0].resize_shorter_side, 256);
  EXPECT_EQ(info.inputs[0].crop, 224);
  EXPECT_THAT(info.inputs[0].mean, ElementsAre(0.485f, 0.456f, 0.406f));
  EXPECT_THAT(info.inputs[0].stddev, ElementsAre(0.229f, 0.224f, 0.225f));
  EXPECT_EQ(info.output.kind, OutputKind::kClassification);
  EXPECT_FALSE(info.output.softmax);
  EXPECT_EQ(info.labels, "labels.txt");
  EXPECT_EQ(info.accuracy.at("top1"), "0.99");
  EXPECT_EQ(info.accuracy.at("interval95"), "[0.97, 0.995]");
  EXPECT_EQ(info.files.at("model.pt2").bytes, 14767363);
  EXPECT_EQ(info.files.at("model.pt2").sha256, kHash);
}

TEST(ModelInfoTest, ReadsSeveralTensorInputs) {
  const absl::StatusOr<ModelInfo> info = ParseModelInfo(
      "format: 1\nname: two\nversion: 1\nbatch: static\noutput: {kind: raw}\n"
      "input:\n  - {kind: tensor, name: a, dtype: float32, shape: [4]}\n"
      "  - {kind: tensor, name: b, dtype: int64, shape: [2, 3]}\nfiles: {}\n",
      "model.yaml");
  ASSERT_TRUE(info.ok()) << info.status();
  ASSERT_EQ(info->inputs.size(), 2u);
  EXPECT_EQ(info->inputs[1].dtype, DType::kInt64);
  EXPECT_FALSE(info->dynamic_batch);
}

TEST(ModelInfoTest, AnUnknownKeyIsNamedWithItsLineAndTheNearestOne) {
  EXPECT_EQ(ErrorOf(With("labels: l", "lables: l")),
            "INVALID_ARGUMENT: m/model.yaml:19: lables: unknown key; did you mean 'labels'?");
  EXPECT_THAT(ErrorOf(With("  crop: 224", "  crops: 224")),
              HasSubstr("m/model.yaml:15: input.crops: unknown key; did you mean 'crop'?"));
}

TEST(ModelInfoTest, KeysOfOthersAreIgnored) {
  EXPECT_TRUE(ParseModelInfo(kImageModel + "x-note: {any: thing}\n", "model.yaml").ok());
}

TEST(ModelInfoTest, AMissingKeyIsNamed) {
  EXPECT_THAT(ErrorOf(With("name: mobilenet_v2\n", "")), HasSubstr("name: must be text"));
  EXPECT_THAT(ErrorOf(With("  shape: [3, 224, 224]\n", "")), HasSubstr("input.shape: must be"));
  EXPECT_THAT(ErrorOf(With("output: {kind: classification, softmax: false}\n", "")),
              HasSubstr("output: is missing"));
}

TEST(ModelInfoTest, AKeyThatComesTwiceIsRefused) {
  EXPECT_THAT(ErrorOf(kImageModel + "seed: 1\n"), HasSubstr("'seed' comes twice"));
}

TEST(ModelInfoTest, AFileOutsideTheFolderIsRefused) {
  EXPECT_THAT(ErrorOf(With("  model.pt2:", "  ../model.pt2:")),
              HasSubstr("m/model.yaml:23: files.../model.pt2: must be a plain file name"));
  EXPECT_THAT(ErrorOf(With("  model.pt2:", "  /etc/passwd:")), HasSubstr("plain file name"));
}

TEST(ModelInfoTest, LabelsAndReferenceMustHaveAHash) {
  EXPECT_THAT(ErrorOf(With("labels: labels.txt", "labels: ../labels.txt")),
              HasSubstr("m/model.yaml:19: labels: '../labels.txt' is not listed under 'files'; "
                        "did you mean 'labels.txt'?"));
}

TEST(ModelInfoTest, AHashHasSixtyFourDigits) {
  EXPECT_THAT(ErrorOf(With(kHash, "abc")), HasSubstr("hexadecimal"));
}

TEST(ModelInfoTest, ImageStepsMustGiveTheShape) {
  EXPECT_THAT(ErrorOf(With("crop: 224", "crop: 200")),
              HasSubstr("a crop to 200x200 does not give the shape's 224x224"));
  EXPECT_THAT(ErrorOf(With("resize: 256", "resize: 200")), HasSubstr("does not fit"));
  EXPECT_THAT(ErrorOf(With("  crop: 224\n", "")), HasSubstr("resize: [224, 224]"));
  EXPECT_THAT(ErrorOf(With("resize: 256\n  crop: 224", "resize: [64, 64]")),
              HasSubstr("resizes to 64x64, the shape is 224x224"));
}

TEST(ModelInfoTest, ImagesHaveAMeanAndADeviationPerChannel) {
  EXPECT_THAT(ErrorOf(With("mean: [0.485, 0.456, 0.406]", "mean: [0.5]")),
              HasSubstr("input.mean: has 1 numbers, the image has 3 channels"));
  EXPECT_THAT(ErrorOf(With("0.229", "0")), HasSubstr("input.std: must be above zero"));
  EXPECT_THAT(ErrorOf(With("0.229", "nan")), HasSubstr("input.std: 'nan' must be a number"));
}

TEST(ModelInfoTest, SizesAreLimited) {
  EXPECT_THAT(ErrorOf(With("[3, 224, 224]", "[3, 100000, 100000]")), HasSubstr("elements"));
  EXPECT_THAT(ErrorOf(With("[3, 224, 224]", "[3, -1, 224]")), HasSubstr("whole number"));
  EXPECT_THAT(ErrorOf(std::string(300 * 1024, '#')), HasSubstr("at most"));
}

TEST(ModelInfoTest, ANewerFormatIsNamed) {
  const absl::Status status = ParseModelInfo(With("format: 1", "format: 2"), "m").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
}

TEST(ModelInfoTest, WhatIsNoYamlIsRefusedWithItsLine) {
  EXPECT_THAT(ErrorOf("format: 1\nname: [unclosed\n"), HasSubstr("m/model.yaml:"));
  EXPECT_THAT(ErrorOf("just text"), HasSubstr("mapping"));
  EXPECT_THAT(ErrorOf(""), HasSubstr("mapping"));
  EXPECT_THAT(ErrorOf(std::string(100'000, '[')), HasSubstr("INVALID_ARGUMENT"));
}

TEST(ModelInfoTest, EveryTruncationIsReadOrRefused) {
  for (size_t size = 0; size < kImageModel.size(); ++size) {
    const absl::Status status = ParseModelInfo(kImageModel.substr(0, size), "m").status();
    EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  }
}

}  // namespace
}  // namespace tideline
