#include "partitioner/policy/controller.h"

#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/partitioner/planner/example_set.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

// The example on an edge `slower` times slower: 40 ms times that in all, in the cloud 4 ms.
std::shared_ptr<const Planner> SlowPlanner(double slower, const Targets& targets = {}) {
  Example example = MakeExample();
  EngineProfile& engine = example.edge.engines[0];
  engine.whole_ns = Estimate::Exactly(slower * engine.whole_ns.median);
  for (double& group : engine.groups_ns) {
    group *= slower;
  }
  auto set = std::make_shared<const CandidateSet>(MakeCandidates(example.Inputs()).value());
  return std::make_shared<const Planner>(Planner::Make(set, targets).value());
}

LinkEstimate Known(double rate, double spread = 1.05) {
  LinkEstimate estimate{.known = true, .uncertainty = std::log(spread), .age = absl::Seconds(1)};
  const auto around = [&](double middle, double factor) {
    return Quantiles::Make({{0.05, middle / factor}, {0.5, middle}, {0.95, middle * factor}})
        .value();
  };
  estimate.link.up = around(rate, spread);
  estimate.link.down = around(rate, spread);
  estimate.link.rtt = Quantiles(20e6);
  return estimate;
}

class ControllerTest : public ::testing::Test {
 protected:
  Decision Decide(Controller& controller, const LinkEstimate& link, EngineMask lost = 0) {
    now_ += absl::Milliseconds(500);
    return controller.Decide(now_, {.link = link, .lost = lost, .local_margin = 1.1});
  }
  std::string Cut(const Controller& controller, const Decision& decision) {
    return decision.candidate < 0 ? "none" : controller.planner().candidate(decision.candidate).cut;
  }

  // The lowest rate at which the first choice is another one than at lower rates; 0 where it never
  // is.
  double Border(const std::shared_ptr<const Planner>& planner) {
    std::string before;
    for (double rate = 0.2e6; rate < 20e6; rate *= 1.02) {
      Controller fresh(planner, {.deadline = absl::Milliseconds(400)});
      const std::string cut = Cut(fresh, Decide(fresh, Known(rate)));
      if (!before.empty() && cut != before) {
        return rate;
      }
      before = cut;
    }
    return 0;
  }

  MonotonicTime now_;
};

constexpr ControllerOptions kDeadline = {.deadline = absl::Milliseconds(400)};
constexpr ControllerOptions kRace = {.tail = TailMode::kRace};

TEST_F(ControllerTest, AFastLinkGoesToTheCloudAndASlowOneStays) {
  for (const ControllerOptions& options : {kDeadline, kRace}) {
    Controller fast(SlowPlanner(4), options);
    EXPECT_NE(Cut(fast, Decide(fast, Known(20e6))), "edge");
    Controller slow(SlowPlanner(4), options);
    EXPECT_EQ(Cut(slow, Decide(slow, Known(0.05e6))), "edge");
  }
}

TEST_F(ControllerTest, ADecisionHasItsTermsItsTailAndItsReason) {
  Controller controller(SlowPlanner(4), kDeadline);
  const Decision decision = Decide(controller, Known(20e6));
  EXPECT_GT(decision.expected.up_ns, 0);
  EXPECT_GT(decision.expected_ns, 0);
  EXPECT_LT(decision.expected_ns, 160e6);
  EXPECT_GT(decision.tail.start_ns, 100e6);
  EXPECT_LT(decision.tail.start_ns, 400e6);
  EXPECT_EQ(decision.inputs.uplink, 20e6);
  EXPECT_FALSE(decision.changed);
  EXPECT_THAT(decision.reason, HasSubstr("is the first choice"));
  EXPECT_THAT(decision.reason, HasSubstr("at 20 Mbit/s"));
}

// Another objective than latency has its own unit in the reason, and what is expected stays a time.
TEST_F(ControllerTest, AnotherObjectiveIsNotReadAsATime) {
  Controller controller(SlowPlanner(4, {.objective = Objective::kThroughput}), kDeadline);
  const Decision first = Decide(controller, Known(20e6));
  EXPECT_THAT(first.reason, HasSubstr(" ms per result expected"));
  EXPECT_EQ(first.expected_ns, first.expected.latency_ns);
  const Decision changed = Decide(controller, Known(0.05e6));
  EXPECT_THAT(changed.reason, HasSubstr(" ms per result expected"));
}

TEST_F(ControllerTest, AFallChangesTheChoiceOnce) {
  Controller controller(SlowPlanner(4), kDeadline);
  Decide(controller, Known(20e6));
  const Decision changed = Decide(controller, Known(0.05e6));
  EXPECT_TRUE(changed.changed);
  EXPECT_THAT(changed.reason, HasSubstr("takes over from"));
  for (int i = 0; i < 50; ++i) {
    EXPECT_FALSE(Decide(controller, Known(0.05e6)).changed);
  }
  EXPECT_EQ(controller.changes(), 1);
}

TEST_F(ControllerTest, NoiseAroundABorderDoesNotFlap) {
  const std::shared_ptr<const Planner> planner = SlowPlanner(4);
  const double border = Border(planner);
  ASSERT_GT(border, 0);
  Controller controller(planner, kDeadline);
  for (int i = 0; i < 400; ++i) {
    Decide(controller, Known(border * (i % 2 == 0 ? 1.03 : 0.97)));
  }
  EXPECT_LE(controller.changes(), 1);
}

TEST_F(ControllerTest, AfterAJumpTheChoiceIsMadeAnewOnceWithinAFewRequests) {
  const std::shared_ptr<const Planner> planner = SlowPlanner(4);
  const double border = Border(planner);
  const auto jumped_to = [&](double rate, int64_t changes) {
    LinkEstimate link = Known(rate);
    link.changes = changes;
    return link;
  };
  const auto changes_below = [&](Controller& controller, int requests) {
    int changes = 0;
    for (int i = 0; i < requests; ++i) {
      changes += Decide(controller, jumped_to(0.95 * border, 1)).changed ? 1 : 0;
    }
    return changes;
  };
  Controller steady(planner, kDeadline);
  Decide(steady, Known(1.05 * border));
  EXPECT_FALSE(Decide(steady, Known(0.95 * border)).changed) << "it gains too little";

  Controller controller(planner, kDeadline);
  Decide(controller, Known(1.05 * border));
  EXPECT_FALSE(Decide(controller, jumped_to(1.05 * border, 1)).changed);
  EXPECT_EQ(changes_below(controller, 1), 1) << "what refines the jump may still change it";
  EXPECT_FALSE(Decide(controller, jumped_to(1.05 * border, 1)).changed) << "but only once";

  Controller late(planner, kDeadline);
  Decide(late, Known(1.05 * border));
  for (int i = 0; i < 10; ++i) {
    Decide(late, jumped_to(1.05 * border, 1));
  }
  EXPECT_EQ(changes_below(late, 1), 0) << "the jump is long ago";
}

TEST_F(ControllerTest, ASmallLossIsNotBorneForGood) {
  const std::shared_ptr<const Planner> planner = SlowPlanner(4);
  Controller fresh(planner, kDeadline);
  const int best = Decide(fresh, Known(3e6)).candidate;
  Controller controller(planner, kDeadline);
  for (double rate = 20e6; rate > 3e6; rate *= 0.99) {
    Decide(controller, Known(rate));
  }
  Decision decision;
  for (int i = 0; i < 100; ++i) {
    decision = Decide(controller, Known(3e6));
  }
  const LinkEstimate link = Known(3e6);
  const auto latency = [&](int candidate) {
    return planner->ScoreOf(candidate, {.link = &link.link}).latency_ns;
  };
  EXPECT_LT(latency(decision.candidate), 1.02 * latency(best));
}

TEST_F(ControllerTest, ACloudThatIsAwayIsAnsweredHereAtOnceAndComesBack) {
  Controller controller(SlowPlanner(4), kDeadline);
  const int cloud = Decide(controller, Known(20e6)).candidate;
  const Decision away = Decide(controller, Known(20e6), kCloudEngines);
  EXPECT_EQ(Cut(controller, away), "edge");
  EXPECT_THAT(away.reason, HasSubstr("the cloud is away"));
  EXPECT_EQ(Decide(controller, Known(20e6)).candidate, cloud);
}

TEST_F(ControllerTest, WithoutAdaptationTheFirstChoiceStays) {
  ControllerOptions pinned = kDeadline;
  pinned.enabled = false;
  Controller controller(SlowPlanner(4), pinned);
  const int first = Decide(controller, Known(20e6)).candidate;
  EXPECT_EQ(Decide(controller, Known(0.05e6)).candidate, first);
  EXPECT_EQ(Cut(controller, Decide(controller, Known(20e6), kCloudEngines)), "edge");
  EXPECT_EQ(Decide(controller, Known(0.05e6)).candidate, first);
  EXPECT_EQ(controller.changes(), 0);
}

TEST_F(ControllerTest, WhileItIsPausedTheLatestChoiceStays) {
  Controller controller(SlowPlanner(4), kDeadline);
  const int cloud = Decide(controller, Known(20e6)).candidate;
  controller.SetPaused(true);
  const Decision paused = Decide(controller, Known(0.05e6));
  EXPECT_EQ(paused.candidate, cloud);
  EXPECT_THAT(paused.reason, HasSubstr("adaptation is paused"));
  EXPECT_EQ(Cut(controller, Decide(controller, Known(20e6), kCloudEngines)), "edge");
  EXPECT_EQ(Decide(controller, Known(0.05e6)).candidate, cloud);
  controller.SetPaused(false);
  EXPECT_NE(Decide(controller, Known(0.05e6)).candidate, cloud);
}

TEST_F(ControllerTest, APinnedCandidateIsTaken) {
  ControllerOptions pinned = kDeadline;
  pinned.enabled = false;
  const std::shared_ptr<const Planner> planner = SlowPlanner(4);
  for (size_t i = 0; i < planner->set().candidates.size(); ++i) {
    pinned.pinned = static_cast<int>(i);
    Controller controller(planner, pinned);
    const Decision decision = Decide(controller, Known(5e6));
    EXPECT_EQ(decision.candidate, pinned.pinned);
    EXPECT_THAT(decision.reason, HasSubstr("adaptation is off"));
  }
}

TEST_F(ControllerTest, WhereNothingMayAnswerItSaysSo) {
  Controller controller(SlowPlanner(1), kDeadline);
  const Decision decision = Decide(controller, Known(5e6), ~EngineMask{0});
  EXPECT_EQ(decision.candidate, -1);
  EXPECT_THAT(decision.reason, HasSubstr("nothing"));
}

TEST_F(ControllerTest, AnUnknownLinkIsNoReasonToRiskTheDeadline) {
  Controller controller(SlowPlanner(1), {.deadline = absl::Milliseconds(60)});
  const LinkEstimate unknown = LinkEstimator().Estimate(absl::ZeroDuration());
  EXPECT_EQ(Cut(controller, Decide(controller, unknown)), "edge");
}

TEST_F(ControllerTest, ThePossibleGainIsZeroWhereNoLinkWouldHelp) {
  LinkEstimate far = Known(1e6);
  far.link.rtt = Quantiles(500e6);
  EXPECT_EQ(Controller(SlowPlanner(1), kDeadline).PossibleGain({.link = far}), 0);
  EXPECT_GT(Controller(SlowPlanner(4), kDeadline).PossibleGain({.link = Known(0.05e6)}), 0.5);
}

TEST_F(ControllerTest, WhereRequestsGoToTheCloudThePossibleGainIsThatOfAnotherOne) {
  Controller controller(SlowPlanner(10, {.send_input = false}), {.deadline = absl::Seconds(4)});
  const Decision slow = Decide(controller, Known(2e6));
  ASSERT_EQ(Cut(controller, slow), "b");
  const double gain = controller.PossibleGain({.link = Known(2e6)});
  EXPECT_GT(gain, 0.1);
  EXPECT_LT(gain, 1);
  const Decision fast = Decide(controller, Known(200e6));
  ASSERT_EQ(Cut(controller, fast), "a");
  EXPECT_EQ(controller.PossibleGain({.link = Known(200e6)}), 0);
}

TEST_F(ControllerTest, TheLogIsBounded) {
  Controller controller(SlowPlanner(4), kDeadline);
  for (int i = 0; i < 300; ++i) {
    Decide(controller, Known(20e6));
  }
  EXPECT_EQ(controller.log().entries().size(), 256u);
  EXPECT_EQ(controller.log().entries().back().at, now_);
}

}  // namespace
}  // namespace tideline
