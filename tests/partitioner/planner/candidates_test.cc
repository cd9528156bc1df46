#include "partitioner/planner/candidates.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/codec/codec.h"
#include "tests/partitioner/planner/example_set.h"

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::set<std::string> Names(const CandidateSet& set) {
  std::set<std::string> names;
  for (const Candidate& candidate : set.candidates) {
    names.insert(candidate.cut + (candidate.codec.empty() ? "" : "/") + candidate.codec);
  }
  return names;
}

const Candidate& Find(const CandidateSet& set, std::string_view cut, std::string_view codec) {
  return *std::ranges::find_if(set.candidates, [&](const Candidate& candidate) {
    return candidate.cut == cut && candidate.codec == codec;
  });
}

TEST(CandidatesTest, EveryCutWithEveryCodecAndTheRivals) {
  const Example example = MakeExample();
  const auto set = MakeCandidates(example.Inputs());
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(Names(*set), UnorderedElementsAre("edge", "input/raw", "input/jpeg:85", "a/fp32",
                                                "a/int8", "b/fp32", "b/int8", "c/fp32", "c/int8"));
}

TEST(CandidatesTest, ACandidateIsTheSumOfWhatWasMeasured) {
  const Example example = MakeExample();
  const auto set = MakeCandidates(example.Inputs());
  ASSERT_TRUE(set.ok());
  const Candidate& b = Find(*set, "b", "int8");
  EXPECT_EQ(b.head_ns, (Estimate{20e6, 19e6, 21.5e6}));
  EXPECT_DOUBLE_EQ(b.edge_ns(), 20.1e6);
  EXPECT_DOUBLE_EQ(b.cloud_ns(), 2.1e6);
  EXPECT_DOUBLE_EQ(b.bytes_up.median, 8000);
  EXPECT_DOUBLE_EQ(b.bytes_up.high, 10'000);
  EXPECT_DOUBLE_EQ(b.bytes_down, 4000);
  EXPECT_DOUBLE_EQ(b.energy_joules, 5 * 0.0201);
  EXPECT_DOUBLE_EQ(b.accuracy_drop, 0.004);
  EXPECT_DOUBLE_EQ(b.leakage, 0.3);
  EXPECT_EQ(b.depth, 2);
}

TEST(CandidatesTest, TheEdgeSendsNothingAndTheInputRunsNothing) {
  const Example example = MakeExample();
  const auto set = MakeCandidates(example.Inputs());
  ASSERT_TRUE(set.ok());
  const Candidate& edge = Find(*set, "edge", "");
  EXPECT_FALSE(edge.uses_cloud());
  EXPECT_EQ(edge.cloud_ns() + edge.bytes_up.high + edge.bytes_down + edge.leakage, 0);
  const Candidate& raw = Find(*set, "input", "raw");
  EXPECT_TRUE(raw.sends_input());
  EXPECT_EQ(raw.edge_ns() + raw.memory_bytes, 0);
  EXPECT_EQ(raw.leakage, 1);
  EXPECT_EQ(raw.bytes_up.median, 150'000);
}

TEST(CandidatesTest, AnImageIsReadOnTheEdgeAndNormalizedWhereTheNetworkBegins) {
  Example example = MakeExample();
  const CandidateSet without = *MakeCandidates(example.Inputs());
  example.edge.input = {.read_ns = {3e6, 2e6, 4e6}, .normalize_ns = {1e6, 1e6, 1e6}};
  example.cloud.input = {.read_ns = {7e9, 7e9, 7e9}, .normalize_ns = {5e5, 5e5, 5e5}};
  const auto set = MakeCandidates(example.Inputs());
  ASSERT_TRUE(set.ok()) << set.status();
  const auto more = [&](std::string_view cut, std::string_view codec) {
    const Candidate& now = Find(*set, cut, codec);
    const Candidate& before = Find(without, cut, codec);
    return std::pair(now.edge_ns() - before.edge_ns(), now.cloud_ns() - before.cloud_ns());
  };
  EXPECT_EQ(more("edge", ""), std::pair(4e6, 0.0));
  EXPECT_EQ(more("b", "int8"), std::pair(4e6, 0.0));
  EXPECT_EQ(more("input", "raw"), std::pair(3e6, 5e5));
}

TEST(CandidatesTest, DenseIsCodedInStretchesWhereAValueIsLarge) {
  Example example = MakeExample();
  const Shape large{1, 32, 128, 256};
  const Shape small{1, 16, 16, 16};
  for (CodecRecord& record : example.calibration.records) {
    record.codec = record.codec == "int8" ? "int8/dense" : record.codec;
  }
  example.network.cuts[1].shapes = {large};
  example.network.cuts[2].shapes = {large, small};
  example.network.cuts[3].shapes = {small, small};
  const auto set = MakeCandidates(example.Inputs());
  ASSERT_TRUE(set.ok()) << set.status();
  const double slices = StretchCount(*ParseCodecSpec("int8/dense"), large);
  const double elements = 32 * 128 * 256;
  EXPECT_GT(slices, 1);
  EXPECT_DOUBLE_EQ(Find(*set, "a", "int8/dense").stretch, 1 / slices);
  EXPECT_DOUBLE_EQ(Find(*set, "b", "int8/dense").stretch,
                   elements / slices / (elements + 16 * 16 * 16));
  EXPECT_EQ(Find(*set, "c", "int8/dense").stretch, 1);
  EXPECT_EQ(Find(*set, "a", "fp32").stretch, 1);
  EXPECT_EQ(Find(*set, "input", "raw").stretch, 1);
  EXPECT_EQ(Find(*set, "edge", "").stretch, 1);
}

TEST(CandidatesTest, LeakageThatNobodyMeasuredCountsAsTheWholeInput) {
  const Example example = MakeExample();
  EXPECT_EQ(Find(*MakeCandidates(example.Inputs()), "b", "fp32").leakage, 1);
}

TEST(CandidatesTest, TheProfilesCodecTimesComeBeforeTheCalibrations) {
  Example example = MakeExample();
  example.edge.codecs = {{"b", "int8", {7e5, 7e5, 7e5}, {9e9, 9e9, 9e9}}};
  const auto set = MakeCandidates(example.Inputs());
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(Find(*set, "b", "int8").encode_ns.median, 7e5);
  EXPECT_EQ(Find(*set, "b", "int8").decode_ns.median, 1e5);
}

TEST(CandidatesTest, ACutWithoutCalibrationTravelsUncoded) {
  Example example = MakeExample();
  std::erase_if(example.calibration.records,
                [](const CodecRecord& record) { return record.cut == "b"; });
  const auto set = MakeCandidates(example.Inputs());
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(Find(*set, "b", "fp32/stored").bytes_up.median, 80'000);
}

TEST(CandidatesTest, AnEngineCutsOnlyWhereItIsReady) {
  const Example example = MakeExample();
  const auto set =
      MakeCandidates(example.Inputs(), {.codecs = {"int8", "raw"}, .ready = {{"aten", {"c"}}}});
  ASSERT_TRUE(set.ok());
  EXPECT_THAT(Names(*set), UnorderedElementsAre("edge", "input/raw", "c/int8"));
}

TEST(CandidatesTest, AnEdgeThatMayNotRunTheWholeAlwaysNeedsTheCloud) {
  const Example example = MakeExample();
  const auto set = MakeCandidates(example.Inputs(),
                                  {.codecs = {"raw"}, .ready = {{"aten", {}}}, .whole = false});
  ASSERT_TRUE(set.ok());
  EXPECT_THAT(Names(*set), UnorderedElementsAre("input/raw"));
}

TEST(CandidatesTest, EnginesAndPrecisionsMultiply) {
  Example example = MakeExample();
  example.edge.engines.push_back(example.edge.engines[0]);
  example.edge.engines[1].precision = "bf16";
  example.edge.engines[1].accuracy_drop = 0.001;
  example.cloud.engines.push_back(example.cloud.engines[0]);
  const auto set = MakeCandidates(example.Inputs());
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(set->candidates.size(), 2 + 2 * 2 + 3 * 2 * 2 * 2);
  EXPECT_EQ(set->edge_engines[1].Label(), "aten/bf16/1");
  const auto bf16 = std::ranges::find_if(set->candidates, [](const Candidate& candidate) {
    return candidate.cut == "b" && candidate.codec == "int8" && candidate.edge_engine == 1;
  });
  EXPECT_DOUBLE_EQ(bf16->accuracy_drop, 0.005);
}

TEST(CandidatesTest, AnEngineIsAllowedByAnyOfItsNames) {
  Example example = MakeExample();
  example.edge.engines.push_back(example.edge.engines[0]);
  example.edge.engines[1].precision = "bf16";
  const auto engines = [&](const std::string& name) {
    const auto set = MakeCandidates(example.Inputs(), {.edge_engines = {name}});
    std::vector<std::string> labels;
    for (const EngineProfile& engine : set->edge_engines) {
      labels.push_back(engine.Label());
    }
    return labels;
  };
  EXPECT_THAT(engines("aten"), ElementsAre("aten/f32/1", "aten/bf16/1"));
  EXPECT_THAT(engines("aten/f32"), ElementsAre("aten/f32/1"));
  EXPECT_THAT(engines("aten:bf16"), ElementsAre("aten/bf16/1"));
  EXPECT_THAT(engines("aten/bf16/1"), ElementsAre("aten/bf16/1"));
}

TEST(CandidatesTest, ProfilesOfAnotherModelAreRefused) {
  Example example = MakeExample();
  example.cloud.model.sha256 = "bb";
  const absl::Status status = MakeCandidates(example.Inputs()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the profile of 'server' is of model"));
}

TEST(CandidatesTest, WithoutAnEngineThatMayBeUsedThereIsNoPlan) {
  const Example example = MakeExample();
  const absl::Status status =
      MakeCandidates(example.Inputs(), {.edge_engines = {"openvino"}}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
}

TEST(CandidatesTest, ACalibrationThatCannotBeIsRefused) {
  Example example = MakeExample();
  example.calibration.records[1].bytes_mean = -1;
  EXPECT_THAT(std::string(MakeCandidates(example.Inputs()).status().message()),
              HasSubstr("cut 'a' with codec 'int8': bytes_mean"));
  example = MakeExample();
  example.calibration.records.push_back(example.calibration.records[0]);
  EXPECT_THAT(std::string(MakeCandidates(example.Inputs()).status().message()),
              HasSubstr("is there twice"));
}

}  // namespace
}  // namespace tideline
