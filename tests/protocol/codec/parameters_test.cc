#include "protocol/codec/parameters.h"

#include <cstring>
#include <filesystem>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/file.h"
#include "common/base/hash.h"
#include "protocol/codec/lossless/tables.h"

namespace tideline {
namespace {

using testing::HasSubstr;

std::string Tables() {
  const SymbolFormat format = MakeSymbolFormat({1, 2, 4, 4}, 16, {3}).value();
  const auto trainer = LosslessTrainer::Create(format).value();
  EXPECT_TRUE(trainer->Add(std::vector<uint8_t>(format.count(), 3), format).ok());
  const Bytes tables = trainer->Finish().value();
  return {reinterpret_cast<const char*>(tables.view.data()), tables.size()};
}

ParameterSet PerTensor() {
  return {
      .cut = "features.3", .rounding = {.levels = 16}, .channels = {{0.5f, 3}}, .tables = Tables()};
}

ParameterSet PerChannel() {
  return {.cut = "features.3+features.5#2",
          .tensor = 1,
          .rounding = {.levels = 5, .dead_zone = 0.125f},
          .channels = {{0.25f, 0}, {1e-9f, 4}, {7, 2}}};
}

absl::StatusOr<std::shared_ptr<const ParameterStore>> Parse(const std::string& file) {
  return ParameterStore::Parse(std::as_bytes(std::span(file)));
}

TEST(ParametersTest, WhatIsWrittenReadsBack) {
  const std::vector<ParameterSet> sets = {PerTensor(), PerChannel()};
  const auto store = Parse(WriteParameters(sets).value()).value();
  EXPECT_EQ(store->size(), 2u);
  EXPECT_EQ(store->Find("features.3", 0, 16)->set, sets[0]);
  EXPECT_EQ(store->Find("features.3+features.5#2", 1, 5)->set, sets[1]);
  EXPECT_EQ(store->Find(store->Find("features.3", 0, 16)->id)->set, sets[0]);
  EXPECT_NE(store->Find("features.3", 0, 16)->tables, nullptr);
  EXPECT_EQ(store->Find("features.3+features.5#2", 1, 5)->tables, nullptr);
}

TEST(ParametersTest, WhatIsNotThereIsNotFound) {
  const auto store = Parse(WriteParameters({{PerTensor()}}).value()).value();
  EXPECT_EQ(store->Find("features.4", 0, 16), nullptr);
  EXPECT_EQ(store->Find("features.3", 1, 16), nullptr);
  EXPECT_EQ(store->Find("features.3", 0, 8), nullptr);
  EXPECT_EQ(store->Find(uint64_t{0}), nullptr);
}

TEST(ParametersTest, TheIdDependsOnTheContentOfTheSetAlone) {
  const auto id = [](const std::vector<ParameterSet>& sets) {
    return Parse(WriteParameters(sets).value()).value()->Find("features.3", 0, 16)->id;
  };
  const uint64_t alone = id({PerTensor()});
  EXPECT_NE(alone, 0u);
  EXPECT_EQ(id({PerChannel(), PerTensor()}), alone);
  ParameterSet other = PerTensor();
  other.channels[0].scale = std::nextafter(0.5f, 1.0f);
  EXPECT_NE(id({other}), alone);
  other = PerTensor();
  other.tables = "";
  EXPECT_NE(id({other}), alone);
}

// The bytes of FORMAT-CODECS.md; they never change within a version.
TEST(ParametersTest, TheBytesAreThoseOfTheDocument) {
  const ParameterSet set = {.cut = "input",
                            .tensor = 2,
                            .rounding = {.levels = 5, .dead_zone = 0.25f},
                            .channels = {{0.5f, 1}, {2, 4}}};
  const std::string file = WriteParameters({{set}}).value();
  EXPECT_EQ(ToHex({reinterpret_cast<const uint8_t*>(file.data()), file.size()}),
            "54444c51"
            "0100"
            "01000000"
            "21000000"
            "0500"
            "696e707574"
            "0200"
            "0500"
            "0000803e"
            "02000000"
            "0000003f01"
            "0000004004"
            "00000000");
  const std::string content = file.substr(14);
  const Sha256Digest digest = Sha256(std::as_bytes(std::span(content)));
  uint64_t id = 0;
  std::memcpy(&id, digest.data(), sizeof(id));
  EXPECT_EQ(Parse(file).value()->Find(id)->set, set);
}

TEST(ParametersTest, EveryTruncationAndSurplusIsRefused) {
  const std::string file = WriteParameters({{PerTensor(), PerChannel()}}).value();
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(Parse(file.substr(0, size)).ok()) << size << " bytes";
  }
  EXPECT_EQ(Parse(file + "x").status().code(), absl::StatusCode::kDataLoss);
}

TEST(ParametersTest, EveryFlippedBitIsRefusedOrGivesOtherIds) {
  std::string file = WriteParameters({{PerTensor(), PerChannel()}}).value();
  const auto right = Parse(file).value();
  const uint64_t ids[] = {right->Find("features.3", 0, 16)->id,
                          right->Find("features.3+features.5#2", 1, 5)->id};
  for (size_t bit = 0; bit < 8 * file.size(); ++bit) {
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << bit % 8));
    const auto store = Parse(file);
    if (store.ok()) {
      EXPECT_FALSE((*store)->Find(ids[0]) && (*store)->Find(ids[1])) << "bit " << bit;
    }
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << bit % 8));
  }
}

TEST(ParametersTest, CountsThatTheFileCannotHoldAreRefusedBeforeMemoryIsTaken) {
  for (const size_t at : {size_t{6}, size_t{10}, size_t{36}}) {  // sets, bytes of a set, channels
    std::string file = WriteParameters({{PerTensor()}}).value();
    std::memset(&file[at], 0xFF, 4);
    EXPECT_FALSE(Parse(file).ok()) << at;
  }
}

TEST(ParametersTest, AnotherVersionIsUnimplemented) {
  std::string file = WriteParameters({}).value();
  file[4] = 2;
  EXPECT_EQ(Parse(file).status().code(), absl::StatusCode::kUnimplemented);
}

TEST(ParametersTest, SetsBeyondTheirLimitsAreRefused) {
  const auto refused = [](ParameterSet set) { return !WriteParameters({{set}}).ok(); };
  ParameterSet set = PerTensor();
  EXPECT_FALSE(refused(set));
  set.rounding.levels = 1;
  EXPECT_TRUE(refused(set));
  set.rounding.levels = 257;
  EXPECT_TRUE(refused(set));
  for (const float dead_zone : {-0.1f, 0.5f, std::numeric_limits<float>::quiet_NaN()}) {
    set = PerTensor();
    set.rounding.dead_zone = dead_zone;
    EXPECT_TRUE(refused(set)) << dead_zone;
  }
  for (const Affine affine : {Affine{0, 0}, Affine{-1, 0}, Affine{3e38f, 0}, Affine{1, 16},
                              Affine{1, -1}, Affine{1, 256}}) {
    set = PerTensor();
    set.channels = {affine};
    EXPECT_TRUE(refused(set)) << affine.scale << " " << affine.zero_point;
  }
  set = PerTensor();
  set.channels.clear();
  EXPECT_TRUE(refused(set));
  set = PerTensor();
  set.tables = "nonsense";
  EXPECT_TRUE(refused(set));
  set = PerTensor();
  set.cut = "";
  EXPECT_TRUE(refused(set));
  set.cut = std::string(kMaxCutName + 1, 'a');
  EXPECT_TRUE(refused(set));
}

TEST(ParametersTest, TwoSetsForTheSameTensorAreRefused) {
  ParameterSet other = PerTensor();
  other.tables = "";
  EXPECT_THAT(WriteParameters({{PerTensor(), other}}).status().ToString(),
              HasSubstr("cut 'features.3', tensor 0: two sets for 16 levels"));
  EXPECT_FALSE(WriteParameters({{PerTensor(), PerTensor()}}).ok());
}

TEST(ParametersTest, AFileThatIsNotThereIsAnEmptyStore) {
  const std::string path = testing::TempDir() + "tideline_parameters.bin";
  std::filesystem::remove(path);
  EXPECT_EQ(ParameterStore::Read(path).value()->size(), 0u);
  ASSERT_TRUE(WriteFileAtomically(path, WriteParameters({{PerTensor()}}).value()).ok());
  EXPECT_EQ(ParameterStore::Read(path).value()->size(), 1u);
  ASSERT_TRUE(WriteFileAtomically(path, "nonsense").ok());
  EXPECT_THAT(ParameterStore::Read(path).status().ToString(), HasSubstr(path));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace tideline
