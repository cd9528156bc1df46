#include "common/inference/infer_request.h"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/inference/datatype.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<InferRequest> Parse(std::string_view body, std::string_view header_length = "") {
  return ParseInferRequest(body, header_length, nullptr);
}
std::string ErrorOf(std::string_view body, std::string_view header_length = "") {
  const auto request = Parse(body, header_length);
  EXPECT_EQ(request.status().code(), absl::StatusCode::kInvalidArgument) << body;
  return std::string(request.status().message());
}

std::string WithInput(const std::string& input) { return R"({"inputs":[{)" + input + "}]}"; }

template <typename T>
std::vector<T> Values(const InferInput& input) {
  const auto& tensor = std::get<Tensor>(input.value);
  return {tensor.as<T>(), tensor.as<T>() + tensor.numel()};
}

std::string BytesOf(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

TEST(InferRequestJson, HasAllItsParts) {
  const auto request = Parse(R"({
    "id": "a-1", "unknown": {"deep": [1, {"x": null}]},
    "parameters": {"deadline_ms": 2.5, "other": "x", "binary_data_output": true},
    "inputs": [{"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1, -2.5, 1e-3], "why": null}],
    "outputs": [{"name": "y", "more": true, "parameters": {"classification": 3, "priority": 0.5}},
                {"name": "z", "parameters": {"binary_data": false}}]})");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->id, "a-1");
  EXPECT_EQ(request->deadline, absl::Microseconds(2500));
  EXPECT_TRUE(request->binary);
  ASSERT_EQ(request->inputs.size(), 1);
  EXPECT_EQ(request->inputs[0].name, "x");
  EXPECT_EQ(std::get<Tensor>(request->inputs[0].value).shape(), (Shape{1, 3}));
  EXPECT_THAT(Values<float>(request->inputs[0]), ::testing::ElementsAre(1, -2.5, 1e-3F));
  ASSERT_EQ(request->outputs.size(), 2);
  EXPECT_EQ(request->outputs[0].classes, 3);
  EXPECT_EQ(request->outputs[0].binary, std::nullopt);
  EXPECT_EQ(request->outputs[1].binary, false);
}

TEST(InferRequestJson, NestedListsAndTheOrderOfKeysDoNotMatter) {
  const auto request =
      Parse(WithInput(R"("data":[[1,2],[3,4]],"datatype":"INT64","name":"x","shape":[2,2])"));
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_THAT(Values<int64_t>(request->inputs[0]), ::testing::ElementsAre(1, 2, 3, 4));
}

TEST(InferRequestJson, WholeNumbersKeepAllTheirDigitsAndTheirRange) {
  const auto request =
      Parse(WithInput(R"("name":"x","shape":[2],"datatype":"INT64","data":[9007199254740993,-1])"));
  EXPECT_THAT(Values<int64_t>(request->inputs[0]), ::testing::ElementsAre(9007199254740993, -1));
  EXPECT_THAT(ErrorOf(WithInput(R"("name":"x","shape":[1],"datatype":"UINT8","data":[256])")),
              HasSubstr("256 is outside UINT8"));
  EXPECT_THAT(ErrorOf(WithInput(R"("name":"x","shape":[1],"datatype":"INT8","data":[-129])")),
              HasSubstr("outside"));
  EXPECT_THAT(ErrorOf(WithInput(R"("name":"x","shape":[1],"datatype":"INT32","data":[1.5])")),
              HasSubstr("fractions"));
  EXPECT_TRUE(Parse(WithInput(R"("name":"x","shape":[2],"datatype":"BOOL","data":[true,0])")).ok());
}

TEST(InferRequestJson, ShapeAndValuesFitEachOther) {
  EXPECT_THAT(ErrorOf(WithInput(R"("name":"x","shape":[4],"datatype":"FP32","data":[1,2,3])")),
              HasSubstr("does not fit 3 values"));
  for (const char* shape :
       {"[-1]", "[0]", "[9223372036854775807,9223372036854775807]", "[4294967296,4294967296]",
        "[1.5]", "[[1]]", "\"1\"", "[true]", "[1,1,1,1,1,1,1,1,1]"}) {
    ErrorOf(WithInput(R"("name":"x","datatype":"FP32","data":[1],"shape":)" + std::string(shape)));
  }
  EXPECT_THAT(ErrorOf(WithInput(R"("name":"x","datatype":"FP32","data":[1])")),
              HasSubstr("has no shape"));
  EXPECT_THAT(ErrorOf(WithInput(R"("name":"x","shape":[1],"datatype":"FP99","data":[1])")),
              HasSubstr("'FP99'"));
  EXPECT_THAT(ErrorOf(WithInput(R"("name":"x","shape":[1],"datatype":"FP16","data":[1])")),
              HasSubstr("binary data only"));
}

TEST(InferRequestJson, WhatIsNotARequestIsRefused) {
  for (const char* text : {"",
                           "{",
                           "[]",
                           "1",
                           "null",
                           "\"x\"",
                           "{\"inputs\":3}",
                           "{\"inputs\":{}}",
                           "{\"inputs\":[3]}",
                           "{\"inputs\":[[]]}",
                           "{\"id\":3}",
                           "{\"id\":[]}",
                           "{\"parameters\":[]}",
                           "{\"parameters\":3}",
                           "{\"inputs\":[{\"data\":{}}]}",
                           "{\"inputs\":[{\"name\":null}]}",
                           "{\"outputs\":[{\"parameters\":3}]}",
                           "{} x",
                           "{\"parameters\":{\"deadline_ms\":0}}",
                           "{\"parameters\":{\"deadline_ms\":-1}}",
                           "{\"parameters\":{\"deadline_ms\":1e300}}",
                           "{\"outputs\":[{\"parameters\":{\"classification\":-1}}]}",
                           "{\"outputs\":[{\"parameters\":{\"classification\":1001}}]}",
                           "{\"inputs\":[{\"parameters\":{\"binary_data_size\":-1}}]}",
                           "{\"outputs\":[{\"parameters\":{\"classification\":1.5}}]}",
                           "{\"inputs\":[{\"data\":[null]}]}",
                           "{\"id\":true}",
                           "{\"inputs\":[{\"data\":[1],\"data\":[2]}]}",
                           "{\"id\":\"\xff\"}"}) {
    ErrorOf(text);
  }
  EXPECT_THAT(ErrorOf(std::string(100, '[')), HasSubstr("list"));
  EXPECT_THAT(ErrorOf("{\"x\":" + std::string(100'000, '[')), HasSubstr("deep"));
  EXPECT_THAT(ErrorOf("{\"id\":\"" + std::string(1000, 'a') + "\"}"), HasSubstr("1000 bytes"));
  std::string many = "{\"inputs\":[{}";
  for (size_t i = 0; i < kMaxInferTensors; ++i) {
    many += ",{}";
  }
  EXPECT_THAT(ErrorOf(many + "]}"), HasSubstr("more than"));
}

TEST(InferRequestBinary, TensorsStandBehindTheJson) {
  const std::string json =
      R"({"inputs":[{"name":"a","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}},)"
      R"({"name":"b","shape":[1],"datatype":"INT32","data":[7]},)"
      R"({"name":"c","shape":[1],"datatype":"FP16","parameters":{"binary_data_size":2}}]})";
  const std::string body = json + BytesOf({1.5F, -2}) + "\x01\x02";
  const auto request = Parse(body, std::to_string(json.size()));
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_THAT(Values<float>(request->inputs[0]), ::testing::ElementsAre(1.5, -2));
  EXPECT_THAT(Values<int32_t>(request->inputs[1]), ::testing::ElementsAre(7));
  EXPECT_EQ(std::get<Tensor>(request->inputs[2].value).dtype(), DType::kFloat16);
  for (size_t length = 0; length + 1 < body.size(); ++length) {
    EXPECT_FALSE(Parse(body.substr(0, length), std::to_string(json.size())).ok()) << length;
  }
  EXPECT_THAT(ErrorOf(body + "x", std::to_string(json.size())), HasSubstr("belong to no input"));
}

TEST(InferRequestBinary, ByteStringsHaveTheirLengthBeforeThem) {
  const std::string json =
      R"({"inputs":[{"name":"a","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":11}}]})";
  const std::string size = std::to_string(json.size());
  const std::string body = json + std::string("\3\0\0\0abc\0\0\0\0", 11);
  const auto request = Parse(body, size);
  ASSERT_TRUE(request.ok()) << request.status();
  const auto& strings = std::get<ByteStrings>(request->inputs[0].value);
  ASSERT_EQ(strings.size(), 2);
  EXPECT_EQ(strings[0].size(), 3);
  EXPECT_EQ(std::memcmp(strings[0].view.data(), "abc", 3), 0);
  EXPECT_EQ(strings[1].size(), 0);
  EXPECT_THAT(ErrorOf(json + std::string("\xff\xff\xff\xff"
                                         "abcdefg",
                                         11),
                      size),
              HasSubstr("cut short"));
  EXPECT_THAT(ErrorOf(json + std::string("\7\0\0\0abcdefg", 11), size),
              HasSubstr("does not fit 1 elements"));
  const auto texts =
      Parse(WithInput(R"("name":"x","shape":[2],"datatype":"BYTES","data":["a","bc"])"));
  EXPECT_EQ(std::get<ByteStrings>(texts->inputs[0].value).size(), 2);
}

TEST(InferRequestBinary, HeaderLengthIsWithinTheBody) {
  for (const char* length : {"3", "-1", "x", "2x", " 2", "18446744073709551616", "0x2"}) {
    EXPECT_THAT(ErrorOf("{}", length), HasSubstr("Inference-Header-Content-Length")) << length;
  }
  EXPECT_TRUE(Parse("{}", "2").ok());
}

TEST(InferRequestBinary, BodyWithoutJsonIsOneElement) {
  const auto request = Parse("\xff\xd8 a picture", "0");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->inputs[0].name, "");
  EXPECT_EQ(std::get<ByteStrings>(request->inputs[0].value)[0].size(), 12);
  EXPECT_TRUE(request->binary);
}

TEST(Datatype, NamesAreThoseOfTheProtocol) {
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    EXPECT_EQ(DatatypeOf(DatatypeName(dtype)), dtype);
  }
  EXPECT_EQ(DatatypeName(DType::kBFloat16), "BF16");
  EXPECT_EQ(DatatypeOf("BYTES"), std::nullopt);
}

}  // namespace
}  // namespace tideline
