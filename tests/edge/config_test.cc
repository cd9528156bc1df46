#include "edge/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kMinimal[] = "model_repository: m\npartition: p.yaml\nsource: {path: photos}\n";

absl::StatusOr<LoadedConfig<EdgeConfig>> Load(const std::string& more) {
  return LoadConfig(EdgeFields(), {.filename = "etc/edge.yaml", .text = kMinimal + more});
}

std::string ErrorOf(const std::string& more) { return std::string(Load(more).status().message()); }

TEST(EdgeConfigTest, TheDefaultsAreThoseOfASmallEdgeWithoutACloud) {
  const auto loaded = Load("");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const EdgeConfig& config = loaded->config;
  EXPECT_EQ(config.id, "edge");
  EXPECT_EQ(config.partition, "etc/p.yaml");
  EXPECT_EQ(config.source.path, "etc/photos");
  EXPECT_EQ(config.source.journal, "");
  EXPECT_EQ(config.sink.path, "-");
  EXPECT_FALSE(config.sink.ordered);
  EXPECT_EQ(config.sink.keep, ByteCount{4 << 20});
  EXPECT_EQ(config.pipeline.in_flight, OpenRequests());
  EXPECT_EQ(config.pipeline.in_flight.most, 4);
  EXPECT_EQ(config.exit_timeout, absl::Seconds(30));
  EXPECT_EQ(config.cloud.address, "");
}

TEST(EdgeConfigTest, AWholeFileIsRead) {
  const auto loaded = Load(
      "id: cam\ncloud:\n  address: tcp://10.0.0.2:5600\n  server_key: keys/cloud.key\n"
      "keys: {secret: keys/cam.secret}\nengine: {threads: 2, spin: true}\n"
      "sink: {path: out.jsonl, outputs: true}\npipeline: {in_flight: 8}\n"
      "log: {level: debug, format: json}\nexit_timeout: 5s\n");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->config.cloud.server_key, std::vector<std::string>{"etc/keys/cloud.key"});
  EXPECT_EQ(loaded->config.keys.secret, "etc/keys/cam.secret");
  EXPECT_TRUE(loaded->config.engine.spin);
  EXPECT_TRUE(loaded->config.sink.outputs);
  EXPECT_EQ(loaded->config.log.format, LogFormat::kJson);
}

TEST(EdgeConfigTest, TheUplinkIsShapedOnlyWhereItIsSaid) {
  const auto shape = [](const std::string& text) {
    return Load("cloud: {shape: " + text + "}\n")->config.cloud.shape;
  };
  EXPECT_EQ(Load("")->config.cloud.shape, LinkShaping());
  EXPECT_FALSE(shape("none").adjustable);
  EXPECT_EQ(shape("adjustable"), (LinkShaping{true, {}}));
  EXPECT_EQ(shape("1.1Mbps"), (LinkShaping{true, {1.1e6}}));
  EXPECT_EQ(FormatValue(shape("1.1Mbps")), "1.1Mbps");
  EXPECT_EQ(FormatValue(shape("adjustable")), "adjustable");
  EXPECT_EQ(FormatValue(shape("none")), "none");
  EXPECT_THAT(ErrorOf("cloud: {shape: 0kbps}\n"), HasSubstr("cloud.shape"));
  EXPECT_THAT(ErrorOf("cloud: {shape: slow}\n"), HasSubstr("cloud.shape"));
}

TEST(EdgeConfigTest, PlaintextIsOnlyForThisMachine) {
  EXPECT_TRUE(Load("cloud: {address: tcp://127.0.0.1:5600, security: none}\n").ok());
  EXPECT_THAT(ErrorOf("cloud:\n  address: tcp://10.0.0.2:5600\n  security: none\n"),
              StartsWith("etc/edge.yaml:6: cloud.security: none is only for"));
}

TEST(EdgeConfigTest, EncryptionNeedsBothKeys) {
  EXPECT_THAT(ErrorOf("cloud: {address: tcp://127.0.0.1:5600}\n"), HasSubstr("cloud.server_key"));
  EXPECT_THAT(ErrorOf("cloud: {address: tcp://127.0.0.1:5600, server_key: k}\n"),
              HasSubstr("keys.secret: is missing; make one with 'tideline keygen'"));
}

TEST(EdgeConfigTest, HttpIsForThisMachineUnlessThereIsAToken) {
  EXPECT_EQ(Load("")->config.http.port, 8000);
  EXPECT_TRUE(Load("http: {address: '::1', port: 0}\n").ok());
  EXPECT_THAT(ErrorOf("http: {address: 0.0.0.0}\n"),
              AllOf(StartsWith("etc/edge.yaml:4: http.address"), HasSubstr("http.token_file")));
  EXPECT_EQ(Load("http: {address: 0.0.0.0, token_file: t}\n")->config.http.token_file, "etc/t");
  EXPECT_TRUE(Load("http: {address: 0.0.0.0, enabled: false}\n").ok());
  EXPECT_THAT(ErrorOf("http: {port: 65536}\n"), HasSubstr("65535"));
}

TEST(EdgeConfigTest, WrongValuesNameTheirLine) {
  EXPECT_THAT(ErrorOf("cloud: {address: 10.0.0.2}\n"),
              StartsWith("etc/edge.yaml:4: cloud.address: '10.0.0.2' is not an address"));
  EXPECT_THAT(ErrorOf("pipeline: {in_flight: 0}\n"), HasSubstr("0 is outside 1 to 1024"));
  EXPECT_THAT(ErrorOf("pipeline: {in_flight: many}\n"), HasSubstr("pipeline.in_flight"));
  EXPECT_THAT(ErrorOf("clout: {}\n"), HasSubstr("did you mean 'cloud'?"));
}

TEST(EdgeConfigTest, LoopAndRateAreFlagsOfTheirOwn) {
  const auto loaded = LoadConfig(
      EdgeFields(),
      {.text = kMinimal, .flags = {{"loop", "true"}, {"rate", "10"}, {"source-path", "x"}}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_TRUE(loaded->config.source.loop);
  EXPECT_EQ(loaded->config.source.rate, Frequency{10});
  EXPECT_EQ(loaded->config.source.path, "x");
}

TEST(EdgeConfigTest, AJournalIsForFiles) {
  const auto files =
      LoadConfig(EdgeFields(), {.filename = "etc/edge.yaml",
                                .text = "model_repository: m\npartition: p\n"
                                        "source: {path: photos, journal: photos.journal}\n"});
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(files->config.source.journal, "etc/photos.journal");
  const auto stdin_paths =
      LoadConfig(EdgeFields(), {.text = "model_repository: m\npartition: p\n"
                                        "source: {kind: stdin, journal: j}\n"});
  EXPECT_THAT(std::string(stdin_paths.status().message()),
              HasSubstr("source.journal: is for images"));
}

TEST(EdgeConfigTest, ResultsAreFetchedOverHttp) {
  EXPECT_EQ(Load("")->config.sink.poll, 0);
  EXPECT_EQ(Load("sink: {poll: 500}\n")->config.sink.poll, 500);
  EXPECT_THAT(ErrorOf("sink: {poll: 500}\nhttp: {enabled: false}\n"),
              StartsWith("etc/edge.yaml:4: sink.poll: results are fetched over HTTP"));
}

constexpr char kMqtt[] = "model_repository: m\npartition: p\nsource: {kind: mqtt, topic: cam}\n";

std::string MqttErrorOf(const std::string& more) {
  const auto loaded = LoadConfig(EdgeFields(), {.filename = "e", .text = kMqtt + more});
  return std::string(loaded.status().message());
}

TEST(EdgeConfigTest, MqttNeedsItsBroker) {
  EXPECT_EQ(MqttErrorOf("mqtt: {address: mqtt://broker}\n"), "");
  EXPECT_THAT(MqttErrorOf(""), StartsWith("mqtt.address: is missing; source.topic needs a broker"));
  EXPECT_THAT(ErrorOf("sink: {mqtt: a/b}\n"),
              StartsWith("mqtt.address: is missing; sink.mqtt needs a broker"));
  EXPECT_THAT(ErrorOf("sink: {mqtt: a/+}\n"), HasSubstr("is not a topic to publish to"));
  EXPECT_THAT(MqttErrorOf("mqtt: {address: tcp://broker}\n"),
              StartsWith("e:4: mqtt.address: 'tcp://broker' is not an address"));
  EXPECT_THAT(MqttErrorOf("mqtt: {address: mqtt://broker, password: p}\n"),
              HasSubstr("mqtt.user: is missing"));
  EXPECT_THAT(MqttErrorOf("mqtt: {address: mqtts://broker, certificate: c}\n"),
              HasSubstr("mqtt.key: is missing"));
}

TEST(EdgeConfigTest, WhatComesLiveHasATimeOfItsOwn) {
  const auto error = [](const std::string& source) {
    const std::string text =
        "model_repository: m\npartition: p\nmqtt: {address: mqtt://b}\n"
        "source: {kind: mqtt, topic: cam, " +
        source + "}\n";
    return std::string(LoadConfig(EdgeFields(), {.text = text}).status().message());
  };
  EXPECT_THAT(error("rate: 5/s"), HasSubstr("source.rate: is for files"));
  EXPECT_THAT(error("loop: true"), HasSubstr("source.loop: is for files"));
  EXPECT_THAT(error("journal: j"), HasSubstr("source.journal: is for images"));
  EXPECT_THAT(ErrorOf("sink: {kind: none}\n"), "");
}

TEST(EdgeConfigTest, ARateOfZeroIsRefused) {
  const auto loaded = LoadConfig(EdgeFields(), {.text = kMinimal, .flags = {{"rate", "0"}}});
  EXPECT_THAT(std::string(loaded.status().message()), StartsWith("--rate: source.rate: "));
}

}  // namespace
}  // namespace tideline
