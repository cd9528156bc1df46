#include "partitioner/planner/partition_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string ErrorOf(std::string_view text) {
  return std::string(ParsePartition(text, "p.yaml").status().message());
}

TEST(PartitionFileTest, AllKeysAreRead) {
  const auto loaded = ParsePartition(
      "model: mobilenet_v2\ncut: features.3\ncodec: int8/zstd\nfallback: small\n"
      "engine: {edge: aten, cloud: aten}\ntarget: {deadline: 250ms}\n"
      "limits: {edge_memory: 200MiB}\nprivacy: {send_input: false}\n",
      "p.yaml");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const Partition& partition = loaded->config;
  EXPECT_EQ(partition.model, "mobilenet_v2");
  EXPECT_EQ(partition.cut, "features.3");
  EXPECT_EQ(partition.codec, "int8/zstd");
  EXPECT_EQ(partition.fallback, "small");
  EXPECT_EQ(partition.engine.edge, "aten");
  EXPECT_EQ(partition.target.deadline, absl::Milliseconds(250));
  EXPECT_EQ(partition.limits.edge_memory, ByteCount{200 << 20});
  EXPECT_FALSE(partition.privacy.send_input);
  EXPECT_EQ(loaded->origins.Of("cut"), "p.yaml:2: cut");
}

TEST(PartitionFileTest, ModelAndCutAreAllThatMustBeGiven) {
  const auto loaded = ParsePartition("model: m\ncut: edge\nfallback: none\n", "p.yaml");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->config.codec, "fp32");
  EXPECT_EQ(loaded->config.fallback, std::nullopt);
  EXPECT_EQ(loaded->config.target.deadline, std::nullopt);
  EXPECT_THAT(ErrorOf("cut: edge\n"), HasSubstr("key 'model' is missing"));
  EXPECT_THAT(ErrorOf("model: m\n"), HasSubstr("key 'cut' is missing"));
}

TEST(PartitionFileTest, AutoLeavesTheChoiceToThePlanner) {
  const auto loaded = ParsePartition(
      "model: m\ncut: auto\ncodec: auto\n"
      "target: {objective: energy, latency_p99: 120ms, accuracy_drop: 1%}\n"
      "limits: {uplink: 6Mbps, edge_memory: 200MiB}\n"
      "privacy: {send_input: false, min_depth: 3}\n",
      "p.yaml");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_TRUE(loaded->config.IsPlanned());
  const Targets targets = TargetsOf(loaded->config);
  EXPECT_EQ(targets.objective, Objective::kEnergy);
  EXPECT_EQ(targets.latency, absl::Milliseconds(120));
  EXPECT_EQ(targets.latency_percentile, 0.99);
  EXPECT_EQ(targets.accuracy_drop, 0.01);
  EXPECT_EQ(targets.uplink, BitRate{6e6});
  EXPECT_EQ(targets.edge_memory, ByteCount{200 << 20});
  EXPECT_FALSE(targets.send_input);
  EXPECT_EQ(targets.min_depth, 3);
}

TEST(PartitionFileTest, AdaptationIsSteeredToo) {
  const auto loaded = ParsePartition(
      "model: m\ncut: auto\ncodec: auto\ntarget: {deadline: 80ms, tail: race}\n"
      "adapt: {enabled: false, hysteresis: 5%}\nprofiles: {edge: e.json, cloud: c.json}\n",
      "/site/p.yaml");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const Partition& partition = loaded->config;
  EXPECT_EQ(partition.target.tail, TailMode::kRace);
  EXPECT_FALSE(partition.adapt.enabled);
  EXPECT_EQ(partition.adapt.hysteresis, Fraction{0.05});
  EXPECT_EQ(partition.profiles.edge, "/site/e.json");
  EXPECT_EQ(partition.profiles.cloud, "/site/c.json");
  const Partition usual = ParsePartition("model: m\ncut: auto\n", "p.yaml")->config;
  EXPECT_EQ(usual.target.tail, TailMode::kDeadline);
  EXPECT_TRUE(usual.adapt.enabled);
}

TEST(PartitionFileTest, UpToSixFrontiersAreKeptReady) {
  const auto ready = [](const std::string& value) {
    return ParsePartition("model: m\ncut: auto\nready: " + value + "\n", "p.yaml");
  };
  EXPECT_THAT(ready("[a, b.0]")->config.ReadyFrontiers(), testing::ElementsAre("a", "b.0"));
  EXPECT_THAT(ready("a")->config.ReadyFrontiers(), testing::ElementsAre("a"));
  EXPECT_THAT(ready("auto")->config.ReadyFrontiers(), testing::IsEmpty());
  EXPECT_THAT(ParsePartition("model: m\ncut: a\n", "p.yaml")->config.ReadyFrontiers(),
              testing::IsEmpty());
  for (const char* wrong :
       {"[]", "[a, b, c, d, e, f, g]", "[auto, a]", "[a, a]", "[edge]", "[a, input]", "['']"}) {
    EXPECT_THAT(std::string(ready(wrong).status().message()), StartsWith("p.yaml:3: ready: "))
        << wrong;
  }
}

TEST(PartitionFileTest, ARaceNeedsAChoice) {
  EXPECT_THAT(ErrorOf("model: m\ncut: features.3\ncodec: auto\ntarget: {tail: race}\n"),
              HasSubstr("p.yaml:4: target.tail: race needs"));
}

TEST(PartitionFileTest, ACodecMayBeFixedWhereTheCutIsNot) {
  EXPECT_TRUE(ParsePartition("model: m\ncut: auto\ncodec: jpeg\n", "p.yaml").ok());
  EXPECT_TRUE(ParsePartition("model: m\ncut: features.3\ncodec: auto\n", "p.yaml").ok());
  EXPECT_FALSE(ParsePartition("model: m\ncut: features.3\n", "p.yaml")->config.IsPlanned());
}

TEST(PartitionFileTest, WhatSteersAChoiceIsRefusedWhereThereIsNone) {
  for (const char* line : {"target: {objective: cost}", "target: {latency_p99: 1s}",
                           "target: {accuracy_drop: 1%}", "limits: {uplink: 1Mbps}"}) {
    EXPECT_THAT(ErrorOf(fmt::format("model: m\ncut: edge\n{}\n", line)), HasSubstr("p.yaml:3: "))
        << line;
  }
}

TEST(PartitionFileTest, AnUnknownCodecIsRefusedAtItsLine) {
  EXPECT_THAT(ErrorOf("model: m\ncut: a\ncodec: int9\n"), StartsWith("p.yaml:3: codec: "));
  EXPECT_FALSE(ParsePartition("model: m\ncut: a\ncodec: fp32/zst\n", "p.yaml").ok());
}

TEST(PartitionFileTest, ImageCodecsAreOnlyForTheInput) {
  for (const char* codec : {"raw", "jpeg", "jpeg:90"}) {
    const std::string line = fmt::format("codec: {}\n", codec);
    EXPECT_TRUE(ParsePartition("model: m\ncut: input\n" + line, "p.yaml").ok()) << codec;
    EXPECT_THAT(ErrorOf("model: m\ncut: features.3\n" + line),
                StartsWith("p.yaml:3: codec: '" + std::string(codec) + "' codes the input image"));
  }
}

TEST(PartitionFileTest, APrivateInputIsNotSent) {
  EXPECT_THAT(ErrorOf("model: m\ncut: input\nprivacy: {send_input: false}\n"),
              StartsWith("p.yaml:2: cut: 'input' sends the network's input, p.yaml:3: "));
}

TEST(PartitionFileTest, KeysThatNothingReadsAreUnknown) {
  EXPECT_THAT(ErrorOf("model: m\ncut: edge\nprices: {byte: 1}\n"),
              StartsWith("p.yaml:3: unknown key 'prices'"));
  EXPECT_THAT(ErrorOf("model: m\ncut: edge\nfalback: x\n"), HasSubstr("did you mean 'fallback'?"));
}

TEST(PartitionFileTest, TheModelIsNotItsOwnFallback) {
  EXPECT_THAT(ErrorOf("model: m\ncut: edge\nfallback: m\n"), StartsWith("p.yaml:3: fallback: "));
}

}  // namespace
}  // namespace tideline
