#include "cloud/infer.h"

#include <cstdlib>
#include <future>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/inference/ask_router.h"
#include "tests/common/inference/served_diamond.h"
#include "tests/protocol/transport/loop.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPath = "/v2/models/mlp/infer";

// A request for mlp, whose input is [batch, 64].
std::string Body(int64_t rows = 1, const std::string& more = "") {
  std::string zeros = "0";
  for (int64_t i = 1; i < 64 * rows; ++i) {
    zeros += ",0";
  }
  return "{" + more + R"("inputs":[{"name":"input","datatype":"FP32","shape":[)" +
         std::to_string(rows) + R"(,64],"data":[)" + zeros + "]}]}";
}

// Runs until it is let go.
class GateModel final : public PreparedModel {
 public:
  explicit GateModel(std::shared_future<void> opened) : opened_(std::move(opened)) {}
  absl::StatusOr<std::vector<Tensor>> Run(const Segment&, std::span<const Tensor> inputs,
                                          const RunOptions&) override {
    opened_.wait();
    return std::vector<Tensor>(inputs.begin(), inputs.end());
  }
  EngineDescription Describe() const override { return {.engine = "gate"}; }

 private:
  const std::shared_future<void> opened_;
};

// A job of an edge for `model`, with zeros.
Job EdgeJob(std::shared_ptr<const ServedModel> model, const Shape& shape) {
  Job job;
  job.peer = 7;
  job.user = "edge";
  job.model = std::move(model);
  job.cut = job.model->frontiers->input();
  job.tensors = {EncodedTensor{.shape = shape, .codec = {Quantizer::kFp32, Level::kStored}}};
  job.decoded = DecodedTensors{.tensors = {Tensor::Allocate(DType::kFloat32, shape).value()}};
  job.done = [](const Job&, const JobEnd&) {};
  return job;
}

class CloudInferTest : public testing::Test {
 protected:
  void Start(const std::string& engine = "fake", const CloudInferLimits& limits = {}) {
    const char* models = std::getenv("TIDELINE_TEST_MODELS");
    if (models == nullptr) {
      GTEST_SKIP() << "TIDELINE_TEST_MODELS is not set: no network to serve";
    }
    auto loaded = ModelSet::Load(models, {"mlp"}, engine, {.threads = 1});
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    models_ = std::make_unique<ModelSet>(*std::move(loaded));
    infer_ = std::make_unique<CloudInfer>(io_, *models_, worker_, monitor_, limits);
    infer_->AddRoutes(router_, /*max_body=*/1 << 20);
  }
  void TearDown() override { Open(); }

  // The worker has a job that runs until Open.
  void Block() {
    auto model = MakeServedDiamond();
    model->prepared = std::make_shared<GateModel>(gate_.get_future().share());
    worker_.Push(EdgeJob(std::move(model), {1, 3}));
    blocked_ = true;
  }
  void Open() {
    if (std::exchange(blocked_, false)) {
      gate_.set_value();
    }
  }

  Asked Post(std::string body, Responder::IsGone is_gone = {}) {
    return Ask(router_, "POST", kPath, {.body = std::move(body)}, std::move(is_gone));
  }
  WebResponse Wait(Asked& asked) {
    EXPECT_TRUE(RunUntil(io_, [&] { return asked.ready(); }));
    return asked.response();
  }
  WebResponse PostAndWait(std::string body) {
    Asked asked = Post(std::move(body));
    return Wait(asked);
  }
  uint64_t Refused(RefusalReason reason) const {
    return monitor_.board().refusals()[static_cast<size_t>(reason)];
  }

  std::promise<void> gate_;
  bool blocked_ = false;
  boost::asio::io_context io_;
  CloudMonitor monitor_{"1"};
  Worker worker_{io_, SchedulerLimits{.max_requests = 8}, uint64_t{64} << 20};
  std::unique_ptr<ModelSet> models_;
  Router router_;
  std::unique_ptr<CloudInfer> infer_;
};

TEST_F(CloudInferTest, TheWholeNetworkIsRunAndCounted) {
  Start();
  const WebResponse answer = PostAndWait(Body(/*rows=*/3, R"("id":"a",)"));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr(R"("shape":[3,10])"));
  EXPECT_THAT(answer.body, HasSubstr(R"("id":"a")"));
  EXPECT_THAT(answer.body, HasSubstr(R"("path":"cloud")"));
  EXPECT_EQ(monitor_.board().served(), 1);
  EXPECT_EQ(monitor_.http().requests, 1);
  EXPECT_EQ(monitor_.http().cut, "input");
  EXPECT_THAT(monitor_.statistics("mlp").Json("mlp", 1), HasSubstr(R"("inference_count":3)"));
  EXPECT_THAT(monitor_.TraceText(), HasSubstr("tail"));
  EXPECT_EQ(infer_->open(), 0);
}

TEST_F(CloudInferTest, ADeadlineThatComesInTheQueueIsToldThen) {
  Start();
  Block();
  const WebResponse late = PostAndWait(Body(1, R"("parameters":{"deadline_ms":5},)"));
  EXPECT_EQ(late.status, 504) << late.body;
  EXPECT_EQ(worker_.queue().requests(), 0);
  EXPECT_EQ(infer_->open(), 0);
  EXPECT_EQ(Refused(RefusalReason::kExpired), 1);
  EXPECT_THAT(monitor_.statistics("mlp").Json("mlp", 1), HasSubstr(R"("fail":{"count":1)"));
}

TEST_F(CloudInferTest, WhatNobodyWaitsForIsNotRun) {
  Start();
  Block();
  Asked gone = Post(Body(), [] { return true; });
  Asked last = Post(Body(), [] { return false; });
  Open();
  EXPECT_EQ(Wait(last).status, 200);
  EXPECT_EQ(Wait(gone).status, 500);  // for nobody
  EXPECT_EQ(monitor_.board().served(), 1);
}

TEST_F(CloudInferTest, MoreThanItsPlacesIsRefusedWithATimeToComeBack) {
  Start("fake", {.max_requests = 2});
  Block();
  Asked first = Post(Body());
  Asked second = Post(Body());
  const WebResponse third = PostAndWait(Body());
  EXPECT_EQ(third.status, 503);
  EXPECT_EQ(third.headers.at(0).first, "Retry-After");
  EXPECT_EQ(Refused(RefusalReason::kOverload), 1);
  Open();
  EXPECT_EQ(Wait(first).status, 200);
  EXPECT_EQ(Wait(second).status, 200);
  EXPECT_EQ(PostAndWait(Body()).status, 200);
}

TEST_F(CloudInferTest, MoreBytesThanItMayHoldAreRefused) {
  Start("fake", {.max_bytes = 1000});
  EXPECT_EQ(PostAndWait(Body(1)).status, 200);
  EXPECT_EQ(PostAndWait(Body(7)).status, 503) << "its body fits, its tensor does not";
  EXPECT_EQ(PostAndWait(Body(20)).status, 503);
  EXPECT_EQ(infer_->open(), 0);
}

TEST_F(CloudInferTest, TheQueueOfAllIsItsOwnToo) {
  Start();
  Block();
  std::vector<Asked> asked;
  for (int i = 0; i < 9; ++i) {
    asked.push_back(Post(Body()));
  }
  EXPECT_EQ(Wait(asked.back()).status, 503);
  Open();
  EXPECT_EQ(Wait(asked.front()).status, 200);
}

TEST_F(CloudInferTest, EdgesTakeTurnsWithAllOfHttpTogether) {
  Start();
  Block();
  std::vector<Asked> asked;
  for (int i = 0; i < 4; ++i) {
    asked.push_back(Post(Body()));
  }
  std::optional<uint64_t> served_before;
  for (int i = 0; i < 2; ++i) {
    Job job = EdgeJob(*models_->Named("mlp"), {1, 64});
    job.done = [&](const Job&, const JobEnd& end) {
      EXPECT_TRUE(end.result.ok()) << end.result.status();
      served_before = monitor_.board().served();
    };
    worker_.Push(std::move(job));
  }
  Open();
  EXPECT_EQ(Wait(asked.back()).status, 200);
  EXPECT_EQ(served_before, 2) << "the second one of the edge comes after two of four";
}

TEST_F(CloudInferTest, WrongInputsAreToldAndSayNothingOfTheEngine) {
  Start("failing:3-,fake");  // runs 1 and 2 are the model's own
  for (const std::string body :
       {R"({"inputs":[{"name":"input","datatype":"FP32","shape":[1,2],"data":[1,2]}]})",
        R"({"inputs":[{"name":"input","datatype":"INT64","shape":[1,1],"data":[1]}]})", "{}"}) {
    EXPECT_EQ(PostAndWait(body).status, 400);
  }
  EXPECT_TRUE(worker_.EngineStatus("mlp").ok());
}

TEST_F(CloudInferTest, AnEngineThatFailsIsNotReadyUntilItAnswersAgain) {
  Start("failing:3-5,fake");
  for (int i = 0; i < kFailuresToUnready; ++i) {
    EXPECT_TRUE(worker_.EngineStatus("mlp").ok());
    EXPECT_EQ(PostAndWait(Body()).status, 500);
  }
  EXPECT_THAT(std::string(worker_.EngineStatus("mlp").message()), HasSubstr("run 5 fails"));
  EXPECT_EQ(PostAndWait(Body()).status, 200);
  EXPECT_TRUE(worker_.EngineStatus("mlp").ok());
}

TEST_F(CloudInferTest, AfterTheWorkerIsClosedOnlyWhatIsOpenIsAnswered) {
  Start();
  Block();
  Asked first = Post(Body());
  Asked second = Post(Body());
  worker_.Close();
  EXPECT_EQ(PostAndWait(Body()).status, 503);
  Open();
  EXPECT_EQ(Wait(first).status, 200);
  EXPECT_EQ(Wait(second).status, 200);
}

}  // namespace
}  // namespace tideline
