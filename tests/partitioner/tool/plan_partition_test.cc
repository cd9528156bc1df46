#include "partitioner/tool/plan_partition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/partitioner/report/example_report.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PlanPartitionTest : public ::testing::Test {
 protected:
  PlanPartitionTest() {
    partition_.model = "net";
    partition_.cut = "auto";
    partition_.codec = "auto";
  }

  std::string Format(const Targets& targets) {
    notes_.clear();
    const auto text =
        FormatPlannedPartition(partition_, plan_.Make().set(), plan_.Report(targets), notes_);
    EXPECT_TRUE(text.ok()) << text.status();
    return text.value_or("");
  }
  static Partition Parse(const std::string& text) {
    const auto loaded = ParsePartition(text, "p.yaml");
    EXPECT_TRUE(loaded.ok()) << loaded.status() << text;
    return loaded.ok() ? loaded->config : Partition{};
  }

  const ExamplePlan plan_;
  Partition partition_;
  std::vector<std::string> notes_;
};

TEST_F(PlanPartitionTest, TheFileFixesWhatWasChosen) {
  const Targets targets{.send_input = false, .min_depth = 1};
  partition_.privacy = {.send_input = false, .min_depth = 1};
  partition_.target.latency_p99 = absl::Milliseconds(500);
  partition_.target.accuracy_drop = Fraction{0.02};
  partition_.target.deadline = absl::Milliseconds(250);
  partition_.limits.uplink = BitRate{6e6};
  partition_.fallback = "small";
  const std::string text = Format(targets);
  const Partition planned = Parse(text);
  const PlanReport report = plan_.Report(targets);
  EXPECT_FALSE(planned.IsPlanned());
  EXPECT_EQ(planned.model, "net");
  EXPECT_EQ(planned.cut, report.best().cut);
  EXPECT_EQ(planned.codec, report.best().codec);
  EXPECT_EQ(planned.engine.edge, "aten");
  EXPECT_EQ(planned.engine.cloud, "aten");
  EXPECT_EQ(planned.target.deadline, absl::Milliseconds(250));
  EXPECT_EQ(planned.fallback, "small");
  EXPECT_FALSE(planned.privacy.send_input);
  EXPECT_EQ(planned.privacy.min_depth, 1);
  EXPECT_THAT(text, HasSubstr("# Expected: "));
}

TEST_F(PlanPartitionTest, ForTheEdgeAloneTheFileIsReadToo) {
  const std::string text = Format({.min_depth = 4});
  EXPECT_EQ(Parse(text).cut, "edge");
  EXPECT_THAT(notes_, testing::IsEmpty());
}

TEST_F(PlanPartitionTest, AMemoryLimitThatTheWholeExceedsIsLeftOutWithANote) {
  partition_.limits.edge_memory = ByteCount{1 << 20};
  std::string text = Format({});
  EXPECT_FALSE(Parse(text).limits.edge_memory);
  ASSERT_EQ(notes_.size(), 1);
  EXPECT_THAT(notes_[0], HasSubstr("--fallback"));
  EXPECT_THAT(text, HasSubstr("# Left out: limits.edge_memory 1MiB."));
  partition_.fallback = "small";
  text = Format({});
  EXPECT_EQ(Parse(text).limits.edge_memory, ByteCount{1 << 20});
  EXPECT_TRUE(notes_.empty());
}

TEST_F(PlanPartitionTest, NamesThatEndTheCommentDoNotReachTheFile) {
  PlanReport report = plan_.Report({.send_input = false, .min_depth = 1});
  report.model = "net\ncut: input";
  report.link.name = "lte\r\nfallback: x";
  const auto text = FormatPlannedPartition(partition_, plan_.Make().set(), report, notes_);
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(*text, Not(HasSubstr("\ncut: input\n")));
  EXPECT_FALSE(Parse(*text).fallback);
}

}  // namespace
}  // namespace tideline
