#include "edge/pipeline.h"

#include <functional>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/edge/pipeline_harness.h"

namespace tideline {
namespace {

class PipelineTest : public PipelineHarness {
 protected:
  // One whose finishes are due at once, as they would need longer than the deadline.
  std::shared_ptr<Deployment> MakeRacingDeployment() {
    std::shared_ptr<Deployment> deployment = MakeDeployment();
    deployment->partition.target.deadline = absl::Seconds(30);
    auto model = std::make_shared<ServedModel>(*deployment->model);
    model->whole_time = absl::Minutes(1);
    deployment->model = model;
    return deployment;
  }

  std::future<Result> AskAsGuest(std::optional<absl::Duration> deadline) {
    SourceFrame frame;
    frame.id = "guest";
    frame.input = Ramp({3});
    auto promise = std::make_shared<std::promise<Result>>();
    const absl::Status admitted = pipeline_->TryAdmit(
        std::move(frame), {.deadline = deadline, .done = [promise](Result result) {
                             promise->set_value(std::move(result));
                           }});
    EXPECT_TRUE(admitted.ok()) << admitted;
    return promise->get_future();
  }

  // What has lost may be counted after the result is out.
  LosingWork WaitForLosing(const std::function<bool(const LosingWork&)>& enough) {
    WaitUntil([&] { return enough(pipeline_->losing_work()); });
    return pipeline_->losing_work();
  }
  void AnswerLatest() {
    OnLoop([this] { Answer(*cloud_, cloud_->requests.back()); });
  }
};

TEST_F(PipelineTest, TheCloudAnswers) {
  Start(MakeDeployment());
  Admit(0);
  const std::vector<Result> results = WaitForResults(1);
  EXPECT_TRUE(results[0].error.ok()) << results[0].error;
  EXPECT_EQ(results[0].path, Path::kSplit);
  EXPECT_EQ(results[0].id, "0");
  EXPECT_EQ(results[0].cloud, "0");  // the harness's name for it
}

// Counts what it is told. Output thread.
struct Listener final : PipelineObserver {
  void OnResult(const Result& result) override { paths.push_back(result.path); }
  void OnDecision(const Way&, const Decision&) override { ++decisions; }

  std::vector<Path> paths;
  int decisions = 0;
};

TEST_F(PipelineTest, AnObserverIsToldOfEveryResultBeforeItGoesOn) {
  Listener listener;
  Start(MakeDeployment(), {.observer = &listener});
  Admit(0);
  Admit(1);
  WaitForResults(2);
  EXPECT_THAT(listener.paths, testing::ElementsAre(Path::kSplit, Path::kSplit));
  EXPECT_EQ(listener.decisions, 0);  // the cut is fixed
  pipeline_->WaitIdle(absl::Seconds(40));
  EXPECT_EQ(pipeline_->open(), 0);
  Stop();
}

TEST_F(PipelineTest, AFinishThatLosesMakesWayForTheNextHead) {
  Start(MakeRacingDeployment());
  HoldCloud();
  model_->HoldFinishes();
  for (int frame = 0; frame < 3; ++frame) {
    Admit(frame);
    model_->WaitForFinishes(frame + 1);  // which ends only when it is stopped
    AnswerLatest();
    const std::vector<Result> results = WaitForResults(static_cast<size_t>(frame) + 1);
    EXPECT_TRUE(results.back().error.ok()) << results.back().error;
    EXPECT_EQ(results.back().path, Path::kSplit);
  }
  const LosingWork losing =
      WaitForLosing([](const LosingWork& work) { return work.finishes >= 3; });
  EXPECT_EQ(losing.late_answers, 0U);
  EXPECT_EQ(losing.bytes_up, 0U);
}

TEST_F(PipelineTest, ACloudThatIsTooLateIsCountedWithItsBytes) {
  Start(MakeRacingDeployment());
  HoldCloud();
  Admit(0);
  const std::vector<Result> results = WaitForResults(1);
  EXPECT_EQ(results[0].path, Path::kEdge);
  const LosingWork losing = pipeline_->losing_work();
  EXPECT_EQ(losing.late_answers, 1U);
  EXPECT_EQ(losing.bytes_up, results[0].bytes_up);
  EXPECT_EQ(losing.finishes, 0U);
}

TEST_F(PipelineTest, WhatOpenRequestsHoldIsCounted) {
  Start(MakeDeployment());
  HoldCloud();
  EXPECT_EQ(pipeline_->held_bytes(), 0);
  Admit(0);
  WaitUntil([this] { return RequestsAt(0) == 1; });
  EXPECT_EQ(pipeline_->held_bytes(), 2 * 3 * sizeof(float));  // the input and the cut's tensor
  AnswerLatest();
  WaitForResults(1);
  WaitUntil([this] { return pipeline_->held_bytes() == 0; });
}

TEST_F(PipelineTest, AGuestHasItsResultAndTheSinkHasNot) {
  Start(MakeDeployment());
  Admit(0);
  WaitForResults(1);
  const Result result = AskAsGuest({}).get();
  EXPECT_TRUE(result.error.ok()) << result.error;
  EXPECT_EQ(result.id, "guest");
  EXPECT_EQ(result.path, Path::kSplit);
  EXPECT_FALSE(result.deadline_met.has_value());
  Admit(1);
  EXPECT_EQ(WaitForResults(2).back().id, "1");
}

TEST_F(PipelineTest, AGuestIsRefusedWhereThereIsNoPlaceAndTheSourceGoesOn) {
  Start(MakeDeployment(), {.in_flight = 2});
  HoldCloud();
  std::future<Result> first = AskAsGuest({});
  std::future<Result> second = AskAsGuest({});
  EXPECT_TRUE(absl::IsResourceExhausted(pipeline_->TryAdmit({}, {.done = [](Result) {}})));
  Admit(0);  // has places of its own
  Admit(1);
  EXPECT_EQ(pipeline_->open(), 4);
  pipeline_->StopGuests();
  EXPECT_TRUE(absl::IsUnavailable(pipeline_->TryAdmit({}, {.done = [](Result) {}})));
  OnLoop([this] { cloud_->silent = true; });  // all are finished here
  first.get();
  second.get();
  WaitForResults(2);
}

TEST_F(PipelineTest, GuestsBeyondTheOpenOnesWaitForTheirTurn) {
  Start(MakeDeployment(), {.in_flight = 3, .automatic = true});  // one, until more is known
  HoldCloud();
  std::vector<std::future<Result>> guests;
  for (int i = 0; i < 3; ++i) {
    guests.push_back(AskAsGuest({}));
  }
  EXPECT_TRUE(absl::IsResourceExhausted(pipeline_->TryAdmit({}, {.done = [](Result) {}})));
  Admit(0);  // comes after whichever of them have begun
  WaitUntil([this] { return RequestsAt(0) >= 2; });
  EXPECT_EQ(RequestsAt(0), 2);
  OnLoop([this] { Answer(*cloud_, cloud_->requests.front()); });
  EXPECT_EQ(guests.front().get().path, Path::kSplit);
  WaitUntil([this] { return RequestsAt(0) >= 3; });
  OnLoop([this] { cloud_->silent = true; });  // the rest is finished here
  EXPECT_TRUE(guests[1].get().error.ok());
  EXPECT_TRUE(guests[2].get().error.ok());
  WaitForResults(1);
}

TEST_F(PipelineTest, AGuestsDeadlineGoesOverThatOfThePartitionFile) {
  Start(MakeDeployment());
  HoldCloud();
  const Result result = AskAsGuest(absl::ZeroDuration()).get();
  EXPECT_EQ(result.path, Path::kEdge);  // the finish is due at once
  EXPECT_EQ(result.deadline_met, false);
}

// Each has one answer, whose ids are 0, 1, ….
void ExpectOneEach(const std::vector<Result>& results, size_t count, Path path) {
  std::set<std::string> ids;
  for (const Result& result : results) {
    ids.insert(result.id);
    EXPECT_TRUE(result.error.ok()) << result.error;
    EXPECT_EQ(result.path, path);
  }
  EXPECT_EQ(ids.size(), count);
  EXPECT_EQ(results.size(), count);
}

TEST_F(PipelineTest, WhatACloudThatDiesHadIsAskedOfAnotherOne) {
  constexpr size_t kFrames = 8;
  Start(MakeDeployment(), {.in_flight = kFrames}, /*count=*/2);
  HoldCloud();
  for (size_t frame = 0; frame < kFrames; ++frame) {
    Admit(static_cast<int>(frame));
  }
  WaitUntil([&] { return RequestsAt(0) + RequestsAt(1) == kFrames; });
  const size_t dying = RequestsAt(0) > 0 ? 0 : 1;
  const size_t other = 1 - dying;
  OnLoop([&] { echoes_[dying].reset(); });
  WaitUntil([&] { return RequestsAt(other) == kFrames; });
  OnLoop([&] {
    for (const wire::Request& request : echoes_[other]->requests) {
      Answer(*echoes_[other], request);
    }
  });
  const std::vector<Result> results = WaitForResults(kFrames);
  ExpectOneEach(results, kFrames, Path::kSplit);
  for (const Result& result : results) {
    EXPECT_EQ(result.cloud, std::to_string(other));
  }
  EXPECT_EQ(model_->finishes(), 0);
}

TEST_F(PipelineTest, WhereTheLastCloudDiesTheRestIsFinishedHere) {
  constexpr size_t kFrames = 4;
  Start(MakeDeployment(), {.in_flight = kFrames}, /*count=*/2);
  HoldCloud();
  for (size_t frame = 0; frame < kFrames; ++frame) {
    Admit(static_cast<int>(frame));
  }
  WaitUntil([&] { return RequestsAt(0) + RequestsAt(1) == kFrames; });
  OnLoop([&] { echoes_.front().reset(); });
  WaitUntil([&] { return RequestsAt(1) == kFrames; });
  OnLoop([&] { echoes_.back().reset(); });
  const std::vector<Result> results = WaitForResults(kFrames);
  ExpectOneEach(results, kFrames, Path::kEdge);
  EXPECT_EQ(results[0].cloud, "");
}

TEST_F(PipelineTest, ACloudThatRefusesForLoadIsNotTheLastWord) {
  Start(MakeDeployment(), {}, /*count=*/2);
  for (size_t cloud = 0; cloud < 2; ++cloud) {
    OnLoop([this, cloud] {
      echoes_[cloud]->on_request = [this, cloud](const wire::Request& request) {
        const bool first = echoes_[1 - cloud]->requests.empty();
        if (first) {
          echoes_[cloud]->Refuse(request.id, absl::StatusCode::kResourceExhausted, "full");
        }
        return first;
      };
    });
  }
  Admit(0);
  ExpectOneEach(WaitForResults(1), 1, Path::kSplit);
  EXPECT_EQ(RequestsAt(0), 1U);
  EXPECT_EQ(RequestsAt(1), 1U);
  EXPECT_GT(pipeline_->losing_work().bytes_up, 0U);
}

TEST_F(PipelineTest, WhatACloudCallsInvalidIsNotCarriedToTheNext) {
  Start(MakeDeployment(), {}, /*count=*/2);
  OnLoop([this] {
    for (const auto& echo : echoes_) {
      echo->on_request = [&echo](const wire::Request& request) {
        echo->Refuse(request.id, absl::StatusCode::kInvalidArgument, "what is that?");
        return true;
      };
    }
  });
  Admit(0);
  ExpectOneEach(WaitForResults(1), 1, Path::kEdge);
  EXPECT_EQ(RequestsAt(0) + RequestsAt(1), 1U);
}

}  // namespace
}  // namespace tideline
