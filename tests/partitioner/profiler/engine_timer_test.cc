#include "partitioner/profiler/engine_timer.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/clock.h"

namespace tideline {
namespace {

using ::testing::Each;
using ::testing::Gt;
using ::testing::SizeIs;

class EngineTimerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* models = std::getenv("TIDELINE_TEST_MODELS");
    if (models == nullptr) {
      GTEST_SKIP() << "TIDELINE_TEST_MODELS is not set: no exported networks to time";
    }
    model_ = *BenchModel::Load(std::string(models) + "/mlp", "fake:50us", {});
  }

  absl::StatusOr<EngineProfile> Time(std::vector<std::string> cuts,
                                     absl::Duration pause = absl::ZeroDuration()) {
    PowerMeter meter = PowerMeter::Find("/nonexistent");
    const EngineTiming timing{.engine = "fake:50us", .cuts = std::move(cuts), .pause = pause};
    return TimeEngine(*model_, timing, meter,
                      [this](double done, const std::string&) { done_.push_back(done); });
  }

  std::unique_ptr<BenchModel> model_;
  std::vector<double> done_;
};

TEST_F(EngineTimerTest, HeadsTailsAndGroupsAreThoseOfTheEngine) {
  const std::vector<Frontier>& cuts = model_->frontiers().single();
  const auto profile = Time({cuts[0].name, cuts[1].name});
  ASSERT_TRUE(profile.ok()) << profile.status();
  EXPECT_EQ(profile->Label(), "fake:50us/f32/1");
  ASSERT_THAT(profile->cuts, SizeIs(2));
  EXPECT_EQ(profile->cuts[1].cut, cuts[1].name);
  EXPECT_GE(profile->cuts[0].head_ns.low, 50e3) << "the fake sleeps for each node";
  EXPECT_GE(profile->whole_ns.low, profile->cuts[0].head_ns.low);
  EXPECT_LT(profile->cuts[0].head_ns.low, profile->cuts[1].head_ns.low);
  EXPECT_GT(profile->cuts[0].tail_ns.low, profile->cuts[1].tail_ns.low);
  EXPECT_GT(profile->memory_bytes, 1'000'000);
  EXPECT_FALSE(profile->watts.has_value());
  ASSERT_EQ(profile->groups_ns.size(), model_->frontiers().groups().size());
  for (size_t group = 0; group < profile->groups_ns.size(); ++group) {
    EXPECT_EQ(profile->groups_ns[group],
              50e3 * static_cast<double>(model_->frontiers().groups()[group].nodes.size()));
  }
}

TEST_F(EngineTimerTest, ACutThatDoesNotExistIsNamed) {
  EXPECT_EQ(Time({"nowhere"}).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(EngineTimerTest, ADeviceRestsBeforeEveryRun) {
  constexpr absl::Duration kPause = absl::Milliseconds(20);
  const SystemClock clock;
  const MonotonicTime begin = clock.Now();
  const auto profile = Time({model_->frontiers().single()[0].name}, kPause);
  ASSERT_TRUE(profile.ok()) << profile.status();
  // Five runs to warm up and ten more, and five of the whole, of head and of tail.
  EXPECT_GE(clock.Now() - begin, 25 * kPause);
}

TEST_F(EngineTimerTest, AnEngineThatCountsNothingIsSharedOutByWork) {
  model_ = *BenchModel::Load(model_->files().directory, "fake", {});
  const auto profile = Time({});
  ASSERT_TRUE(profile.ok()) << profile.status();
  EXPECT_THAT(profile->groups_ns, Each(Gt(0)));
}

TEST(EngineNameTest, PrecisionIsNoPartOfTheName) {
  EXPECT_EQ(WithoutPrecision("aten"), "aten");
  EXPECT_EQ(WithoutPrecision("aten:bf16"), "aten");
  EXPECT_EQ(WithoutPrecision("openvino:bf16+HETERO:GPU,CPU"), "openvino:HETERO:GPU,CPU");
  EXPECT_EQ(WithoutPrecision("aten:plain+f16"), "aten:plain");
  EXPECT_EQ(WithoutPrecision("check:aten:bf16,openvino"), "check:aten:bf16,openvino");
  EXPECT_EQ(ShortPrecision("bfloat16"), "bf16");
  EXPECT_EQ(ShortPrecision("int4"), "int4");
}

}  // namespace
}  // namespace tideline
