#include "common/inference/infer_routes.h"

#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/inference/metadata.h"
#include "tests/common/inference/ask_router.h"
#include "tests/common/inference/served_diamond.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPath = "/v2/models/net/infer";
constexpr const char* kGood = R"("name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3])";
constexpr size_t kLarge = 65537;  // bytes of a body that is not read at once

std::string WithInput(const std::string& input, const std::string& more = "") {
  return "{" + more + R"("inputs":[{)" + input + "}]}";
}

// Keeps the last call and answers it with its own input.
class EchoHost final : public InferHost {
 public:
  explicit EchoHost(InputKind kind = InputKind::kTensor) : model_(MakeServedDiamond(kind)) {}

  absl::StatusOr<std::shared_ptr<void>> Admit(uint64_t bytes) override {
    admitted = bytes;
    RETURN_IF_ERROR(admission);
    auto place = std::make_shared<int>(0);
    last_place = place;
    return std::shared_ptr<void>(std::move(place));
  }
  absl::StatusOr<std::shared_ptr<const ServedModel>> Find(std::string_view name,
                                                          std::string_view version) override {
    RETURN_IF_ERROR(CheckModelName(*model_, name, version));
    return model_;
  }
  void Compute(InferCall call, InferReply reply) override {
    thread = std::this_thread::get_id();
    const auto* tensor = std::get_if<Tensor>(&call.input);
    file = tensor == nullptr ? std::get<Bytes>(call.input) : Bytes();
    if (failure.ok()) {
      reply(InferAnswer{.model = "net",
                        .version = 1,
                        .names = OutputNames(*model_),
                        .outputs = {tensor == nullptr ? Tensor() : *tensor}});
    } else {
      reply(failure);
    }
    place_was_held = !last_place.expired();
    call.place.reset();
    last = std::move(call);
  }

  absl::Status admission;
  absl::Status failure;
  uint64_t admitted = 0;
  std::weak_ptr<int> last_place;
  bool place_was_held = false;
  std::thread::id thread;
  Bytes file;
  std::optional<InferCall> last;

 private:
  const std::shared_ptr<const ServedModel> model_;
};

class InferRoutesTest : public testing::Test {
 protected:
  void SetUp() override { routes_.AddTo(router_, /*max_body=*/1 << 20); }

  WebResponse Post(std::string body, const std::string& path = kPath) {
    return Ask(router_, "POST", path, {.body = std::move(body)}).response();
  }

  EchoHost host_;
  Router router_;
  InferRoutes routes_{host_};
};

TEST_F(InferRoutesTest, ACallHasWhatWasAskedFor) {
  const WebResponse answer = Ask(router_, "POST", "/v2/models/net/versions/1/infer",
                                 {.headers = {{"traceparent",
                                               "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920"
                                               "3331-01"}},
                                  .body = WithInput(kGood, R"("id":"a","parameters":{
                                      "deadline_ms":7},)")})
                                 .response();
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr(R"("id":"a")"));
  EXPECT_THAT(answer.body, HasSubstr(R"("data":[1,2,3])"));
  ASSERT_TRUE(host_.last);
  EXPECT_EQ(host_.last->id, "a");
  EXPECT_EQ(host_.last->deadline, absl::Milliseconds(7));
  EXPECT_THAT(host_.last->traceparent, HasSubstr("00-0af7"));
  EXPECT_EQ(host_.last->bytes, host_.admitted);
  EXPECT_EQ(host_.last->model->files.name, "net");
}

TEST_F(InferRoutesTest, RequestsWithoutAnIdAreNumbered) {
  Post("no JSON");
  Post(WithInput(kGood));
  EXPECT_EQ(host_.last->id, "http/0");
  Post(WithInput(kGood));
  EXPECT_EQ(host_.last->id, "http/1");
  EXPECT_EQ(host_.last->number, 1);
}

TEST_F(InferRoutesTest, LargeBodiesAreReadOnAnotherThread) {
  Post(WithInput(kGood));
  EXPECT_EQ(host_.thread, std::this_thread::get_id());
  EXPECT_EQ(Post(WithInput(kGood) + std::string(kLarge, ' ')).status, 200);
  EXPECT_NE(host_.thread, std::this_thread::get_id());
}

TEST_F(InferRoutesTest, AnErrorOfTheHostIsTheAnswer) {
  host_.failure = absl::DeadlineExceededError("too late");
  EXPECT_EQ(Post(WithInput(kGood)).status, 504);
  host_.failure = absl::InternalError("the engine is gone");
  const WebResponse answer = Post(WithInput(kGood));
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body, R"({"error":"the engine is gone"})");
}

TEST_F(InferRoutesTest, WhatIsNotAdmittedIsNotRead) {
  host_.admission = absl::ResourceExhaustedError("full");
  const WebResponse answer = Post("no JSON at all");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.headers.at(0).first, "Retry-After");
  EXPECT_FALSE(host_.last);
}

TEST_F(InferRoutesTest, APlaceLastsAsLongAsItsCall) {
  Post(WithInput(kGood));
  EXPECT_TRUE(host_.place_was_held);
  EXPECT_TRUE(host_.last_place.expired());
  Post("no JSON");
  EXPECT_TRUE(host_.last_place.expired());
}

TEST_F(InferRoutesTest, WhatIsWrongIsToldAndNotComputed) {
  for (const auto& [body, text] : {
           std::pair(std::string("{}"), "input"),
           std::pair(WithInput(R"("name":"y","shape":[1,3],"datatype":"FP32","data":[1,2,3])"),
                     "this network has 'x'"),
           std::pair(WithInput(R"("name":"x","shape":[1],"datatype":"BYTES","data":["a"])"),
                     "a tensor, not BYTES"),
           std::pair(WithInput(std::string(kGood) + "},{" + kGood), "takes one"),
           std::pair(WithInput(R"("name":"x","shape":[65,1],"datatype":"UINT8","data":[)" +
                               [] {
                                 std::string zeros = "0";
                                 for (int i = 1; i < 65; ++i) {
                                   zeros += ",0";
                                 }
                                 return zeros;
                               }() +
                               "]"),
                     "the limit is 64"),
       }) {
    const WebResponse answer = Post(body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_THAT(answer.body, HasSubstr(text));
  }
  EXPECT_EQ(Post(WithInput(kGood), "/v2/models/other/infer").status, 404);
  EXPECT_EQ(Post(WithInput(kGood), "/v2/models/net/versions/2/infer").status, 404);
  EXPECT_FALSE(host_.last);
}

TEST(InferRoutesOfImages, AFileIsHandedOnAsItCame) {
  EchoHost host(InputKind::kImage);
  host.failure = absl::InvalidArgumentError("no image");
  Router router;
  InferRoutes routes(host);
  routes.AddTo(router, 1 << 20);
  const WebRequest request{.headers = {{"inference-header-content-length", "0"}},
                           .body = "\xff\xd8 a file"};
  Ask(router, "POST", kPath, request).response();
  const std::string file(reinterpret_cast<const char*>(host.file.view.data()), host.file.size());
  EXPECT_EQ(file, request.body);
  const std::string two = R"("name":"x","shape":[2],"datatype":"BYTES","data":["a","b"])";
  EXPECT_THAT(Ask(router, "POST", kPath, {.body = WithInput(two)}).response().body,
              HasSubstr("one JPEG or PNG file"));
}

}  // namespace
}  // namespace tideline
