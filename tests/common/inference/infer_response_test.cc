#include "common/inference/infer_response.h"

#include <cmath>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/inference/statistics.h"

namespace tideline {
namespace {

using ::testing::Contains;
using ::testing::Pair;
using Json = nlohmann::json;

Tensor Floats(Shape shape, const std::vector<float>& values) {
  Tensor tensor = *Tensor::Allocate(DType::kFloat32, std::move(shape));
  std::memcpy(tensor.mutable_data(), values.data(), values.size() * sizeof(float));
  return tensor;
}

class InferResponses : public ::testing::Test {
 protected:
  InferResponses() {
    answer_ = {.model = "net",
               .version = 3,
               .names = {"scores"},
               .outputs = {Floats({2, 3}, {0.5F, -1, 2, 3, 0.1F, 3})},
               .labels = labels_,
               .parameters = {{"path", "edge"}}};
  }
  WebResponse Respond(const InferRequest& request) {
    const auto response = MakeInferResponse(request, answer_);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.value_or(WebResponse{});
  }
  const std::vector<std::string> labels_{"cat", "a \"dog\"", "emu"};
  InferAnswer answer_;
};

TEST_F(InferResponses, ValuesAreInTheJson) {
  const Json json = Json::parse(Respond({.id = "r-1"}).body);
  EXPECT_EQ(json["id"], "r-1");
  EXPECT_EQ(json["model_name"], "net");
  EXPECT_EQ(json["model_version"], "3");
  EXPECT_EQ(json["parameters"]["path"], "edge");
  EXPECT_EQ(json["outputs"][0]["name"], "scores");
  EXPECT_EQ(json["outputs"][0]["datatype"], "FP32");
  EXPECT_EQ(json["outputs"][0]["shape"], Json({2, 3}));
  EXPECT_THAT(json["outputs"][0]["data"].get<std::vector<float>>(),
              ::testing::ElementsAre(0.5F, -1, 2, 3, 0.1F, 3));
}

TEST_F(InferResponses, BinaryValuesStandBehindTheJson) {
  const WebResponse response = Respond({.binary = true});
  EXPECT_EQ(response.type, "application/octet-stream");
  const size_t json_length = response.body.size() - 24;
  EXPECT_THAT(response.headers,
              Contains(Pair("Inference-Header-Content-Length", std::to_string(json_length))));
  const Json json = Json::parse(response.body.substr(0, json_length));
  EXPECT_EQ(json["outputs"][0]["parameters"]["binary_data_size"], 24);
  EXPECT_EQ(std::memcmp(response.body.data() + json_length, answer_.outputs[0].data(), 24), 0);
  const WebResponse plain =
      Respond({.outputs = {{.name = "scores", .binary = false}}, .binary = true});
  EXPECT_EQ(plain.type, "application/json");
}

TEST_F(InferResponses, BestClassesComeWithTheirLabels) {
  const Json json = Json::parse(Respond({.outputs = {{.name = "scores", .classes = 2}}}).body);
  EXPECT_EQ(json["outputs"][0]["datatype"], "BYTES");
  EXPECT_EQ(json["outputs"][0]["shape"], Json({2, 2}));
  EXPECT_EQ(json["outputs"][0]["data"],
            Json({"2.000000:2:emu", "0.500000:0:cat", "3.000000:0:cat", "3.000000:2:emu"}));
  const WebResponse binary =
      Respond({.outputs = {{.name = "scores", .binary = true, .classes = 99}}});
  EXPECT_THAT(binary.body,
              ::testing::HasSubstr(std::string("\x13\0\0\0-1.000000:1:a \"dog\"", 23)));
}

TEST_F(InferResponses, UnknownOutputsAndWhatIsNoNumberAreNotInvented) {
  EXPECT_TRUE(absl::IsInvalidArgument(
      MakeInferResponse({.outputs = {{.name = "other"}}}, answer_).status()));
  answer_.outputs = {Floats({1, 2}, {NAN, INFINITY})};
  EXPECT_EQ(Json::parse(Respond({}).body)["outputs"][0]["data"], Json({nullptr, nullptr}));
  EXPECT_TRUE(absl::IsInvalidArgument(
      MakeInferResponse({.outputs = {{.name = "scores", .classes = 1}}}, answer_).status()));
}

TEST(ModelStatisticsJson, SumsWhatWasAnswered) {
  ModelStatistics statistics;
  statistics.OnSuccess({.total = absl::Milliseconds(5),
                        .queue = absl::Milliseconds(1),
                        .input = absl::Milliseconds(2),
                        .infer = absl::Milliseconds(2),
                        .inferences = 4},
                       absl::FromUnixMillis(1000));
  statistics.OnFailure(absl::Milliseconds(7));
  const Json model = Json::parse(statistics.Json("net", 3))["model_stats"][0];
  EXPECT_EQ(model["name"], "net");
  EXPECT_EQ(model["version"], "3");
  EXPECT_EQ(model["inference_count"], 4);
  EXPECT_EQ(model["execution_count"], 1);
  EXPECT_EQ(model["last_inference"], 1000);
  EXPECT_EQ(model["inference_stats"]["success"]["ns"], 5'000'000);
  EXPECT_EQ(model["inference_stats"]["fail"]["count"], 1);
}

}  // namespace
}  // namespace tideline
