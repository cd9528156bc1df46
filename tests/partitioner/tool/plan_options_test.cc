#include "partitioner/tool/plan_options.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

PlanOptions OverLte() { return {.link = "lte"}; }

PlanRequest Read(const PlanOptions& options) {
  const auto request = ReadPlanRequest(options, "net");
  EXPECT_TRUE(request.ok()) << request.status();
  return request.ok() ? *request : PlanRequest{};
}

std::string ErrorOf(const PlanOptions& options) {
  return std::string(ReadPlanRequest(options, "net").status().message());
}

std::string WriteFile(const std::string& name, const std::string& text) {
  const std::string path = ::testing::TempDir() + "/" + name;
  std::ofstream(path) << text;
  return path;
}

TEST(PlanOptionsTest, TargetsAreReadWithTheirUnits) {
  PlanOptions options = OverLte();
  options.objective = "energy";
  options.latency_p99 = "120ms";
  options.accuracy_drop = "1%";
  options.edge_memory = "200MiB";
  options.energy = "120mJ";
  options.uplink_cap = "6Mbps";
  options.rate = "10/s";
  options.leakage = "0.3";
  options.no_send_input = true;
  options.min_depth = 3;
  const Targets targets = Read(options).targets;
  EXPECT_EQ(targets.objective, Objective::kEnergy);
  EXPECT_EQ(targets.latency, absl::Milliseconds(120));
  EXPECT_EQ(targets.accuracy_drop, 0.01);
  EXPECT_EQ(targets.edge_memory, ByteCount{200 << 20});
  EXPECT_DOUBLE_EQ(*targets.energy_joules, 0.12);
  EXPECT_EQ(targets.uplink, BitRate{6e6});
  EXPECT_EQ(targets.requests_per_second, 10);
  EXPECT_EQ(targets.leakage, 0.3);
  EXPECT_FALSE(targets.send_input);
  EXPECT_EQ(targets.min_depth, 3);
}

TEST(PlanOptionsTest, APresetsRatesAndRoundTripCanBeChanged) {
  PlanOptions options = OverLte();
  options.uplink = "5Mbps";
  options.rtt = "20ms";
  const Link link = Read(options).link;
  EXPECT_EQ(link.up.median(), 5e6);
  EXPECT_EQ(link.down.median(), 5e6);
  EXPECT_EQ(link.rtt.median(), 20e6);
  options.downlink = "9Mbps";
  EXPECT_EQ(Read(options).link.down.median(), 9e6);
  EXPECT_EQ(Read(options).link.up.median(), 5e6);
}

TEST(PlanOptionsTest, ALinkFileKeepsItsOwnDownlink) {
  PlanOptions options;
  options.link = WriteFile("link.yaml", "up: [2Mbps]\ndown: [9Mbps]\nrtt: [40ms]\n");
  options.uplink = "5Mbps";
  EXPECT_EQ(Read(options).link.up.median(), 5e6);
  EXPECT_EQ(Read(options).link.down.median(), 9e6);
}

TEST(PlanOptionsTest, APartitionFileGivesTargetsAndOptionsWin) {
  PlanOptions options = OverLte();
  options.partition = WriteFile("partition.yaml",
                                "model: net\ncut: auto\ncodec: auto\nfallback: small\n"
                                "engine: {edge: openvino}\n"
                                "target: {latency_p99: 100ms, accuracy_drop: 2%, deadline: 250ms}\n"
                                "privacy: {send_input: false}\n");
  options.latency_p99 = "80ms";
  const PlanRequest request = Read(options);
  EXPECT_EQ(request.targets.latency, absl::Milliseconds(80));
  EXPECT_EQ(request.targets.accuracy_drop, 0.02);
  EXPECT_FALSE(request.targets.send_input);
  EXPECT_EQ(request.partition.fallback, "small");
  EXPECT_EQ(request.partition.target.deadline, absl::Milliseconds(250));
  EXPECT_THAT(request.candidates.edge_engines, ElementsAre("openvino/f32"));
  EXPECT_THAT(request.candidates.cloud_engines, ElementsAre());
}

TEST(PlanOptionsTest, APartitionFileThatFixesOneLeavesTheOtherToChoose) {
  PlanOptions options = OverLte();
  options.partition = WriteFile("codec.yaml", "model: net\ncut: auto\ncodec: int8/zstd\n");
  EXPECT_THAT(Read(options).candidates.codecs, ElementsAre("int8"));
  EXPECT_EQ(Read(options).cut, "");
  options.codecs = {"fp16"};
  EXPECT_THAT(Read(options).candidates.codecs, ElementsAre("fp16"));
  options = OverLte();
  options.partition =
      WriteFile("cut.yaml", "model: net\ncut: layer1\ncodec: auto\nengine: {edge: 'aten:bf16'}\n");
  EXPECT_EQ(Read(options).cut, "layer1");
  EXPECT_THAT(Read(options).candidates.codecs, ElementsAre());
  EXPECT_THAT(Read(options).candidates.edge_engines, ElementsAre("aten:bf16"));
  options.partition = WriteFile("both.yaml", "model: net\ncut: layer1\ncodec: int8\n");
  EXPECT_EQ(Read(options).cut, "");
  EXPECT_THAT(Read(options).candidates.codecs, ElementsAre());
}

TEST(PlanOptionsTest, APartitionFileOfAnotherModelIsRefused) {
  PlanOptions options = OverLte();
  options.partition = WriteFile("other.yaml", "model: other\ncut: auto\n");
  EXPECT_THAT(ErrorOf(options), HasSubstr("other.yaml:1: model: is 'other', MODEL is 'net'"));
}

TEST(PlanOptionsTest, WhatIfsMoveSeveralLevers) {
  PlanOptions options = OverLte();
  options.what_ifs = {"cloud.speed=2x", "edge.speed=0.5,link.rate=4x"};
  const std::vector<WhatIf> what_ifs = Read(options).report.what_ifs;
  ASSERT_EQ(what_ifs.size(), 2);
  EXPECT_EQ(what_ifs[0].moves[0].lever, Lever::kCloudSpeed);
  EXPECT_EQ(what_ifs[0].moves[0].factor, 2);
  ASSERT_EQ(what_ifs[1].moves.size(), 2);
  EXPECT_EQ(what_ifs[1].moves[0].factor, 0.5);
  EXPECT_EQ(what_ifs[1].moves[1].lever, Lever::kLinkRate);
}

TEST(PlanOptionsTest, ASweepsLowerEndTakesTheUnitOfTheUpperOne) {
  PlanOptions options = OverLte();
  options.sweep = "bandwidth=0.1..100Mbps";
  EXPECT_EQ(Read(options).report.from, BitRate{1e5});
  EXPECT_EQ(Read(options).report.to, BitRate{1e8});
  options.sweep = "bandwidth=500kbps..1Gbps";
  EXPECT_EQ(Read(options).report.from, BitRate{5e5});
}

TEST(PlanOptionsTest, CodecsAreWrittenAsProfilesWriteThem) {
  PlanOptions options = OverLte();
  options.codecs = {"int8/zstd", "jpeg:85"};
  EXPECT_THAT(Read(options).candidates.codecs, ElementsAre("int8", "jpeg"));
}

struct BadOption {
  std::string PlanOptions::* option;
  const char* text;
  const char* error;
};

class BadOptionTest : public ::testing::TestWithParam<BadOption> {};

TEST_P(BadOptionTest, IsOneClearError) {
  PlanOptions options = OverLte();
  options.*GetParam().option = GetParam().text;
  EXPECT_THAT(ErrorOf(options), HasSubstr(GetParam().error));
  EXPECT_EQ(ErrorOf(options).find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    PlanOptionsTest, BadOptionTest,
    ::testing::Values(
        BadOption{&PlanOptions::objective, "latancy", "--objective: 'latancy' is not one of"},
        BadOption{&PlanOptions::objective, "cost", "nothing has a price"},
        BadOption{&PlanOptions::latency_p99, "fast", "--latency-p99: "},
        BadOption{&PlanOptions::latency_p99, "-5ms", "--latency-p99: "},
        BadOption{&PlanOptions::accuracy_drop, "150%", "--accuracy-drop: "},
        BadOption{&PlanOptions::edge_memory, "big", "--edge-memory: "},
        BadOption{&PlanOptions::energy, "5", "--energy: '5' is no energy"},
        BadOption{&PlanOptions::energy, "-1J", "--energy: '-1J' is no energy"},
        BadOption{&PlanOptions::leakage, "2", "--leakage: '2' is no similarity"},
        BadOption{&PlanOptions::uplink, "0Mbps", "--uplink: the value 0 is not above 0"},
        BadOption{&PlanOptions::uplink, "-1Mbps", "--uplink: "},
        BadOption{&PlanOptions::downlink, "5", "--downlink: "},
        BadOption{&PlanOptions::rtt, "0ms", "--rtt: the value 0 is not above 0"},
        BadOption{&PlanOptions::link, "lt", "did you mean 'lte'?"},
        BadOption{&PlanOptions::link, "/nonexistent", "which is no file either"},
        BadOption{&PlanOptions::partition, "/nonexistent", "/nonexistent"},
        BadOption{&PlanOptions::sweep, "0.1..100Mbps", "--sweep: '0.1..100Mbps' is no range"},
        BadOption{&PlanOptions::sweep, "bandwidth=0..1Mbps", "--sweep: from 0bps to 1Mbps"},
        BadOption{&PlanOptions::sweep, "bandwidth=5..1Mbps", "give a lower rate above 0"}));

TEST(PlanOptionsTest, BadListsAreRefused) {
  PlanOptions options = OverLte();
  options.what_ifs = {"cloud.sped=2x"};
  EXPECT_THAT(ErrorOf(options), HasSubstr("did you mean 'cloud.speed'?"));
  for (const char* text : {"cloud.speed", "cloud.speed=0x", "cloud.speed=-2x", "cloud.speed=x"}) {
    options.what_ifs = {text};
    EXPECT_THAT(ErrorOf(options), HasSubstr("has no factor above 0")) << text;
  }
  options.what_ifs.clear();
  options.codecs = {"int9"};
  EXPECT_THAT(ErrorOf(options), StartsWith("--codecs: "));
}

}  // namespace
}  // namespace tideline
