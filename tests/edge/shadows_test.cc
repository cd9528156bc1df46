#include "edge/shadows.h"

#include <functional>

#include <gtest/gtest.h>

#include "tests/edge/pipeline_harness.h"

namespace tideline {
namespace {

class CanaryTest : public PipelineHarness {
 protected:
  static constexpr double kSlow = 800;  // bits per second
  static constexpr double kFast = 100e6;

  // `cut: auto`, where a cloud would be far better, behind a better link.
  std::shared_ptr<Deployment> MakeChoosingDeployment() {
    std::shared_ptr<Deployment> deployment = MakeDeployment(absl::Milliseconds(25));
    auto set = std::make_shared<CandidateSet>();
    set->edge_engines = {{.engine = "fake", .precision = "f32"}};
    set->cloud_engines = set->edge_engines;
    Candidate edge{.cut = "edge", .edge_engine = 0};
    edge.head_ns = Estimate::Exactly(100e6);  // as the engine takes
    Candidate cloud{.cut = "a", .codec = "fp32", .edge_engine = 0, .cloud_engine = 0};
    cloud.bytes_up = Estimate::Exactly(40);
    cloud.bytes_down = 100;
    set->candidates = {edge, cloud};
    set->front = {0, 1};
    set->power.radio_watts = 2;
    absl::StatusOr<Planner> planner = Planner::Make(set, {});
    deployment->partition.cut = "auto";
    deployment->partition.engine.cloud = "fake";
    deployment->steering = std::make_shared<const Steering>(
        std::make_shared<const Planner>(*std::move(planner)),
        std::vector<Way>{{.cut = deployment->model->frontiers->edge()}, deployment->way});
    return deployment;
  }

  void StartOn(double bits_per_second, size_t clouds = 1) {
    Start(MakeChoosingDeployment(), {}, clouds);
    OnLoop([&] {
      for (size_t i = 0; i < 20 * clouds; ++i) {
        constexpr uint64_t kBytes = 10'000;
        const auto taken = absl::Seconds(8 * kBytes / bits_per_second);
        Adaptation& adaptation = pipeline_->adaptation();
        adaptation.OnLink(i % clouds, {LinkSample::Kind::kUplink, kBytes, taken}, {});
        adaptation.OnLink(i % clouds, {LinkSample::Kind::kRoundTrip, 0, absl::Milliseconds(1)}, {});
      }
    });
  }
  void Bar(size_t cloud) {
    for (int i = 0; i < 3; ++i) {
      pipeline_->adaptation().OnCanary(cloud, /*agrees=*/false);
    }
  }

  void AdmitUntil(const std::function<bool()>& so) {
    for (int frame = 0; !so() && frame < 4000; ++frame) {
      Admit(frame);
      absl::SleepFor(absl::Milliseconds(10));
    }
    EXPECT_TRUE(so());
  }
  // Admits frames until so many canaries have had their answer.
  void AdmitUntilJudged(uint64_t canaries = 1) {
    AdmitUntil([&] { return pipeline_->adaptation().canaries().answered == canaries; });
  }
};

TEST_F(CanaryTest, WithoutAPlaceForACloudNothingIsSentInTheShadow) {
  Start(MakeChoosingDeployment(), {}, /*count=*/0);
  Admit(0);
  EXPECT_EQ(WaitForResults(1).front().path, Path::kEdge);
}

TEST_F(CanaryTest, ACloudThatComputesSomethingElseIsWrong) {
  StartOn(kSlow);
  AdmitUntilJudged();  // it gives back what it got, which is not the network's result
  EXPECT_EQ(pipeline_->adaptation().canaries().wrong, 1U);
  EXPECT_EQ(WaitForResults(1).front().path, Path::kEdge);
  OnLoop([this] { EXPECT_EQ(cloud_->requests.front().cut, "a"); });
}

TEST_F(CanaryTest, ACloudThatComputesTheSameIsRight) {
  StartOn(kSlow);
  OnLoop([this] {
    cloud_->on_request = [this](const wire::Request& request) {
      const Result result = WaitForResults(1).front();  // every frame is the same
      Encoder encoder;
      Encoded answer =
          *EncodeWhole(encoder, result.outputs.front(), {Quantizer::kFp32, Level::kStored});
      cloud_->Answer(request.id, {answer.description}, {std::move(answer.bytes)});
      return true;
    };
  });
  same_frames_ = true;
  AdmitUntilJudged();
  EXPECT_EQ(pipeline_->adaptation().canaries().wrong, 0U);
}

TEST_F(CanaryTest, ABarredCloudComesBackWhileAnotherOneAnswers) {
  StartOn(kFast, /*clouds=*/2);  // which answer alike
  Bar(1);
  AdmitUntil([this] {
    const std::vector<Result> results = WaitForResults(0);
    return std::ranges::any_of(results, [](const Result& result) { return result.cloud == "1"; });
  });
  EXPECT_EQ(pipeline_->adaptation().canaries().answered, 4U);
  EXPECT_EQ(pipeline_->adaptation().canaries().wrong, 3U);
  EXPECT_EQ(WaitForResults(1).front().cloud, "0");
}

TEST_F(CanaryTest, ABarredCloudThatIsWrongStillIsAskedForCanariesAlone) {
  StartOn(kFast, /*clouds=*/2);
  OnLoop([this] {
    echoes_[1]->on_request = [this](const wire::Request& request) {
      Answer(*echoes_[1], request);
      return true;
    };
  });
  Bar(1);
  AdmitUntilJudged(/*canaries=*/4);
  EXPECT_EQ(pipeline_->adaptation().canaries().wrong, 4U);
  EXPECT_EQ(RequestsAt(1), 1U);
  for (const Result& result : WaitForResults(1)) {
    EXPECT_EQ(result.cloud, "0");
  }
}

class RadioTest : public CanaryTest {};

TEST_F(RadioTest, WhatACloudThatDiesWasSentHasCostEnergy) {
  StartOn(kFast);
  HoldCloud();
  Admit(0);
  WaitUntil([this] { return RequestsAt(0) == 1; });
  OnLoop([this] { echoes_.front().reset(); });
  EXPECT_EQ(WaitForResults(1).front().path, Path::kEdge);
  const LosingWork losing = pipeline_->losing_work();
  ASSERT_GT(losing.bytes_up, 0U);
  const double joules = 2 * 8 * static_cast<double>(losing.bytes_up) / kFast;
  EXPECT_GT(losing.radio_joules.value(), joules / 4);
  EXPECT_LT(losing.radio_joules.value(), 4 * joules);
}

TEST_F(CanaryTest, AreTheSmallestThatPrivacyAllows) {
  EXPECT_EQ(SmallestCanary(*MakeChoosingDeployment()), 1);
  EXPECT_EQ(SmallestCanary(*MakeDeployment()), std::nullopt);
  std::shared_ptr<Deployment> other = MakeChoosingDeployment();
  other->partition.engine.cloud = "aten";
  EXPECT_EQ(SmallestCanary(*other), std::nullopt);  // what "fake" gives is nobody else's result
  std::shared_ptr<Deployment> lossy = MakeChoosingDeployment();
  std::vector<Way> ways = lossy->steering->ways();
  ways[1].codec.quantizer = Quantizer::kFp16;
  lossy->steering = std::make_shared<const Steering>(lossy->steering->planner(), ways);
  EXPECT_EQ(SmallestCanary(*lossy), std::nullopt);  // its values cannot be held against others
}

}  // namespace
}  // namespace tideline
