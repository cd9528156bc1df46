#include "edge/adaptation.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

constexpr int kEdge = 0;
constexpr int kCloud = 1;
constexpr int kSmall = 2;

// The whole here takes 100 ms; to send 12 kB and have it done there, 2 ms and the link. With
// `small` there is also a cut after 40 ms that takes 500 bytes.
std::shared_ptr<const Steering> MakeSteering(bool small = false) {
  auto set = std::make_shared<CandidateSet>();
  set->edge_engines = {{.engine = "aten", .precision = "f32"}};
  set->cloud_engines = set->edge_engines;
  Candidate edge{.cut = "edge", .edge_engine = 0};
  edge.head_ns = Estimate::Exactly(100e6);
  Candidate cloud{.cut = "input", .codec = "raw", .cloud_engine = 0};
  cloud.bytes_up = Estimate::Exactly(12'000);
  cloud.tail_ns = Estimate::Exactly(2e6);
  cloud.bytes_down = 100;
  set->candidates = {edge, cloud};
  set->front = {kEdge, kCloud};
  if (small) {
    Candidate split = cloud;
    split.cut = "late";
    split.edge_engine = 0;
    split.head_ns = Estimate::Exactly(40e6);
    split.bytes_up = Estimate::Exactly(500);
    set->candidates.push_back(split);
    set->front.push_back(kSmall);
  }
  absl::StatusOr<Planner> planner = Planner::Make(set, {});
  return std::make_shared<const Steering>(
      std::make_shared<const Planner>(*std::move(planner)),
      std::vector<Way>{
          {.cut = {.name = "edge"}}, {.cut = {.name = "input"}}, {.cut = {.name = "late"}}});
}

class AdaptationTest : public testing::Test {
 protected:
  AdaptationTest() {
    deployment_.steering = steering_;
    deployment_.partition.cut = "auto";
    adaptation_.SetDeployment(deployment_);
  }

  // The link shows this rate, and a round trip of 20 ms, over a second.
  void Show(double megabits) {
    constexpr uint64_t kBytes = 20'000;
    for (int i = 0; i < 5; ++i) {
      clock_.Advance(absl::Milliseconds(200));
      adaptation_.OnLink(0, {LinkSample::Kind::kRoundTrip, 0, absl::Milliseconds(20)}, {});
      adaptation_.OnLink(
          0, {LinkSample::Kind::kUplink, kBytes, absl::Seconds(8 * kBytes / (megabits * 1e6))}, {});
    }
  }

  int Choose() {
    const std::optional<Decision> decision =
        adaptation_.Decide(*steering_, adaptation_.TakeCloud());
    return decision ? decision->candidate : -1;
  }

  ManualClock clock_;
  const std::shared_ptr<const Steering> steering_ = MakeSteering();
  Deployment deployment_;
  Adaptation adaptation_{clock_};
};

TEST_F(AdaptationTest, WithoutACloudTheEdgeAnswers) { EXPECT_EQ(Choose(), kEdge); }

TEST_F(AdaptationTest, TheChoiceFollowsTheLink) {
  adaptation_.OnCloud(0, true);
  Show(20);
  EXPECT_EQ(Choose(), kCloud);
  Show(0.2);
  EXPECT_EQ(Choose(), kEdge);
  Show(20);
  EXPECT_EQ(Choose(), kCloud);
  EXPECT_EQ(adaptation_.changes(), 2);
}

TEST_F(AdaptationTest, WhatIsNotAcknowledgedTellsOfAThinLinkBeforeAnyAnswer) {
  adaptation_.OnCloud(0, true);
  Show(20);
  ASSERT_EQ(Choose(), kCloud);
  for (int i = 1; i <= 10; ++i) {
    clock_.Advance(absl::Milliseconds(100));
    adaptation_.OnLink(0, {LinkSample::Kind::kUnacknowledged, 12'000, i * absl::Milliseconds(100)},
                       {});
  }
  EXPECT_EQ(Choose(), kEdge);
}

TEST_F(AdaptationTest, ALongQueueInTheCloudIsAvoided) {
  adaptation_.OnCloud(0, true);
  Show(20);
  ASSERT_EQ(Choose(), kCloud);
  adaptation_.OnLink(0, {LinkSample::Kind::kRoundTrip, 0, absl::Milliseconds(20)},
                     absl::Seconds(1));
  EXPECT_EQ(Choose(), kEdge);
}

TEST_F(AdaptationTest, ACloudThatFailsIsLeftAloneAndProbed) {
  adaptation_.OnCloud(0, true);
  Show(20);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(Choose(), kCloud);
    adaptation_.OnCloudFailed(0);
  }
  EXPECT_EQ(Choose(), kEdge);
  clock_.Advance(absl::Seconds(1));
  Show(20);
  EXPECT_EQ(Choose(), kCloud);
  EXPECT_EQ(Choose(), kEdge);  // the probe's outcome is not known yet
  adaptation_.OnAnswered(0);
  adaptation_.OnAnswer(0, steering_->planner()->candidate(kCloud), {.tail = absl::Milliseconds(2)});
  EXPECT_EQ(Choose(), kCloud);
}

TEST_F(AdaptationTest, AnEdgeThatIsFasterThanItsProfileKeepsItsRequests) {
  adaptation_.OnCloud(0, true);
  Show(20);
  ASSERT_EQ(Choose(), kCloud);
  for (int i = 0; i < 30; ++i) {
    adaptation_.OnLocal(steering_->planner()->candidate(kEdge), {.tail = absl::Milliseconds(10)},
                        /*from_cut=*/false);
  }
  EXPECT_EQ(Choose(), kEdge);
}

TEST_F(AdaptationTest, PausedItKeepsItsChoiceAlsoInTheNextDeployment) {
  adaptation_.OnCloud(0, true);
  Show(20);
  ASSERT_EQ(Choose(), kCloud);
  adaptation_.SetPaused(true);
  EXPECT_TRUE(adaptation_.paused());
  Show(0.2);
  EXPECT_EQ(Choose(), kCloud);
  Show(20);
  adaptation_.SetDeployment(deployment_);
  ASSERT_EQ(Choose(), kCloud);
  Show(0.2);
  EXPECT_EQ(Choose(), kCloud);
  adaptation_.SetPaused(false);
  EXPECT_EQ(Choose(), kEdge);
}

TEST_F(AdaptationTest, ItTellsWhatItKnowsOfTheLink) {
  EXPECT_FALSE(adaptation_.EstimateLink().known);
  Show(20);
  const LinkEstimate link = adaptation_.EstimateLink();
  EXPECT_TRUE(link.known);
  EXPECT_NEAR(link.link.up.median(), 20e6, 4e6);
  EXPECT_NEAR(link.link.rtt.median(), 20e6, 4e6);
}

TEST_F(AdaptationTest, WhereTrafficShowsTooLittleOfTheLinkFillingIsSent) {
  Deployment deployment;
  deployment.steering = MakeSteering(/*small=*/true);
  deployment.partition.cut = "auto";
  adaptation_.SetDeployment(deployment);
  const auto choose = [&] {
    return adaptation_.Decide(*deployment.steering, adaptation_.TakeCloud())->candidate;
  };
  EXPECT_EQ(adaptation_.TakeFilling(0), 0U);  // no cloud
  adaptation_.OnCloud(0, true);
  clock_.Advance(absl::Seconds(10));
  Show(1);
  ASSERT_EQ(choose(), kSmall);
  EXPECT_EQ(adaptation_.TakeFilling(0), 0U);  // it is known
  adaptation_.OnLink(0, {LinkSample::Kind::kUplinkAtLeast, 500, absl::Milliseconds(1)}, {});
  EXPECT_GT(adaptation_.TakeFilling(0), 0U);
  EXPECT_EQ(adaptation_.TakeFilling(0), 0U);  // one at a time
  Show(20);
  EXPECT_EQ(choose(), kCloud);
}

TEST_F(AdaptationTest, ShadowsKeepToTheirBudget) {
  EXPECT_EQ(adaptation_.TakeShadow().bytes, 0);  // no cloud
  adaptation_.OnCloud(0, true);
  Show(0.2);
  uint64_t bytes = 0;
  for (int i = 0; i < 600; ++i) {
    clock_.Advance(absl::Milliseconds(100));
    bytes += adaptation_.TakeShadow().bytes;
  }
  EXPECT_GT(bytes, 10'000);
  EXPECT_LE(bytes, 62 * 4000);
}

class SeveralCloudsTest : public AdaptationTest {
 protected:
  SeveralCloudsTest() {
    several_.SetDeployment(deployment_);
    several_.OnCloud(0, true);
    several_.OnCloud(2, true);
  }

  // How often each is taken.
  std::vector<int> Taken(int times) {
    std::vector<int> taken(3);
    for (int i = 0; i < times; ++i) {
      if (const std::optional<size_t> cloud = several_.TakeCloud()) {
        ++taken[*cloud];
      }
    }
    return taken;
  }

  Adaptation several_{clock_, /*places=*/3};
};

TEST_F(SeveralCloudsTest, RequestsGoToAllThatAreThere) {
  const std::vector<int> taken = Taken(1000);
  EXPECT_NEAR(taken[0], 500, 150);
  EXPECT_EQ(taken[1], 0);
  EXPECT_NEAR(taken[2], 500, 150);
}

TEST_F(SeveralCloudsTest, TheOneWithTheShorterQueueIsTaken) {
  const LinkSample sample{LinkSample::Kind::kRoundTrip, 0, absl::Milliseconds(1)};
  several_.OnLink(0, sample, absl::Milliseconds(100));
  several_.OnLink(2, sample, absl::Milliseconds(1));
  EXPECT_EQ(Taken(20), (std::vector<int>{0, 0, 20}));
}

TEST_F(SeveralCloudsTest, OneThatFailsIsLeftAloneAndTheOtherOneIsNot) {
  for (int i = 0; i < 3; ++i) {
    several_.OnCloudFailed(2);
  }
  EXPECT_EQ(Taken(20), (std::vector<int>{20, 0, 0}));
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Taken(1000)[2], 1);  // the probe
  several_.OnAnswered(2);
  EXPECT_NEAR(Taken(1000)[2], 500, 150);
}

TEST_F(AdaptationTest, AProbeThatDoesNotGoIsLeftToTheNextRequest) {
  adaptation_.OnCloud(0, true);
  for (int i = 0; i < 3; ++i) {
    adaptation_.OnCloudFailed(0);
  }
  clock_.Advance(absl::Seconds(1));
  const std::optional<size_t> probe = adaptation_.TakeCloud();
  ASSERT_TRUE(probe);
  EXPECT_FALSE(adaptation_.TakeCloud());
  EXPECT_FALSE(adaptation_.Decide(*MakeSteering(), probe));  // of another deployment: it stays here
  EXPECT_TRUE(adaptation_.TakeCloud());
}

TEST_F(SeveralCloudsTest, WhereAllBreakersAreOpenOneIsTakenOnlyByWhoInsists) {
  for (int i = 0; i < 3; ++i) {
    several_.OnCloudFailed(0);
    several_.OnCloudFailed(2);
  }
  EXPECT_FALSE(several_.TakeCloud());
  EXPECT_TRUE(several_.TakeCloud({}, /*insist=*/true));
  EXPECT_EQ(several_.TakeCloud({0}, /*insist=*/true), 2U);
  EXPECT_FALSE(several_.TakeCloud({0, 2}, /*insist=*/true));
}

TEST_F(SeveralCloudsTest, EachHasALinkOfItsOwn) {
  constexpr uint64_t kBytes = 20'000;
  for (int i = 0; i < 10; ++i) {
    clock_.Advance(absl::Milliseconds(200));
    several_.OnLink(0, {LinkSample::Kind::kRoundTrip, 0, absl::Milliseconds(20)}, {});
    several_.OnLink(2, {LinkSample::Kind::kRoundTrip, 0, absl::Milliseconds(20)}, {});
    several_.OnLink(0, {LinkSample::Kind::kUplink, kBytes, absl::Milliseconds(1)}, {});
    several_.OnLink(2, {LinkSample::Kind::kUplink, kBytes, absl::Seconds(2)}, {});
  }
  EXPECT_EQ(several_.Decide(*steering_, 0)->candidate, kCloud);
  EXPECT_EQ(several_.Decide(*steering_, 2)->candidate, kEdge);
  EXPECT_EQ(several_.Decide(*steering_, std::nullopt)->candidate, kEdge);
}

TEST_F(AdaptationTest, ACloudThatHasNotAnsweredForLongGetsACanaryWithinTheBudget) {
  constexpr double kBytes = 2000;
  adaptation_.OnCloud(0, true);
  EXPECT_EQ(adaptation_.TakeShadow(kBytes).bytes, 0U);  // nothing may be spent yet
  Show(0.01);
  const Adaptation::ShadowBytes canary = adaptation_.TakeShadow(kBytes);
  EXPECT_TRUE(canary.canary);
  EXPECT_EQ(canary.bytes, 2000U);
  adaptation_.OnAnswered(0);
  clock_.Advance(absl::Seconds(5));
  EXPECT_FALSE(adaptation_.TakeShadow(kBytes).canary);  // it is known what it answers
  clock_.Advance(absl::Seconds(6));
  EXPECT_TRUE(adaptation_.TakeShadow(kBytes).canary);
}

TEST_F(AdaptationTest, ACloudThatIsWrongSeveralTimesGetsCanariesAloneUntilItIsRight) {
  adaptation_.OnCloud(0, true);
  Show(100);
  EXPECT_EQ(Choose(), kCloud);
  for (int i = 0; i < 3; ++i) {
    adaptation_.OnCanary(0, /*agrees=*/false);
  }
  adaptation_.OnAnswered(0);  // answers are no proof
  EXPECT_EQ(Choose(), kEdge);
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(Choose(), kEdge);
  EXPECT_TRUE(adaptation_.TakeShadow(/*canary_bytes=*/100).canary);
  adaptation_.OnCanary(0, /*agrees=*/true);
  EXPECT_EQ(Choose(), kCloud);
  EXPECT_EQ(adaptation_.canaries().answered, 4U);
  EXPECT_EQ(adaptation_.canaries().wrong, 3U);
}

TEST_F(SeveralCloudsTest, ABarredOneGetsACanaryBesideTheOthersRequests) {
  for (int i = 0; i < 3; ++i) {
    several_.OnCanary(2, /*agrees=*/false);
  }
  clock_.Advance(absl::Milliseconds(100));
  EXPECT_FALSE(several_.TakeCanary(100));  // too soon
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(several_.TakeCanary(100'000));  // more than may be spent
  EXPECT_EQ(several_.TakeCanary(100), 2U);
  clock_.Advance(absl::Seconds(2));
  EXPECT_FALSE(several_.TakeCanary(100));  // the outcome is not known yet
  EXPECT_EQ(Taken(20), (std::vector<int>{20, 0, 0}));
  several_.OnCanary(2, /*agrees=*/true);
  EXPECT_NEAR(Taken(1000)[2], 500, 150);
  EXPECT_FALSE(several_.TakeCanary(100));  // nobody is barred
}

TEST_F(SeveralCloudsTest, WhatCanariesSayIsKnownOfEach) {
  several_.OnCanary(0, /*agrees=*/true);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(several_.canaries(2).wrong_in_a_row, i);
    EXPECT_FALSE(several_.canaries(2).barred);
    several_.OnCanary(2, /*agrees=*/false);
  }
  EXPECT_EQ(several_.canaries(0).answered, 1U);
  EXPECT_EQ(several_.canaries(0).wrong, 0U);
  EXPECT_TRUE(several_.canaries(2).barred);
  EXPECT_EQ(several_.canaries(2).wrong, 3U);
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(several_.canaries(2).barred);  // time alone brings no trust
  several_.OnCanary(2, /*agrees=*/true);
  EXPECT_FALSE(several_.canaries(2).barred);
  EXPECT_EQ(several_.canaries(2).wrong_in_a_row, 0);
  EXPECT_EQ(several_.canaries().answered, 5U);
  EXPECT_EQ(several_.canaries().wrong, 3U);
}

TEST_F(SeveralCloudsTest, AnotherOneAtItsPlaceIsNotBarredForIt) {
  for (int i = 0; i < 3; ++i) {
    several_.OnCanary(2, /*agrees=*/false);
  }
  several_.OnNewCloud(2);
  EXPECT_FALSE(several_.canaries(2).barred);
  EXPECT_EQ(several_.canaries(2).answered, 0U);
  several_.OnCloud(2, true);
  EXPECT_NEAR(Taken(1000)[2], 500, 150);
  EXPECT_EQ(several_.Decide(*steering_, 2)->candidate >= 0, true);
}

TEST_F(AdaptationTest, AnotherDeploymentsRequestIsNotDecided) {
  EXPECT_EQ(adaptation_.Decide(*MakeSteering(), std::nullopt), std::nullopt);
  adaptation_.SetDeployment(Deployment());
  EXPECT_EQ(adaptation_.Decide(*steering_, adaptation_.TakeCloud()), std::nullopt);
}

}  // namespace
}  // namespace tideline
