#include "common/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

enum class Colour { kRed, kGreen };
constexpr std::array<std::string_view, 2> EnumNames(Colour) { return {"red", "green"}; }

struct Limits {
  ByteCount max_tensor{1 << 20};
  std::optional<absl::Duration> deadline;
  Fraction drop{0.01};
};

struct Sample {
  std::string id = "sample";
  std::string key;
  bool loop = false;
  int threads = 2;
  Colour colour = Colour::kRed;
  BitRate uplink{1e6};
  std::optional<Frequency> rate;
  std::vector<std::string> models;
  Limits limits;
};

const FieldList<Sample>& Fields() {
  static const auto& fields = *[] {
    auto* list = new FieldList<Sample>;
    list->Add("id", "a name", &Sample::id);
    list->Add("key", "a file", &Sample::key).Path();
    list->Add("loop", "again and again", &Sample::loop);
    list->Add("threads", "how many", &Sample::threads).Between(1, 64);
    list->Add("colour", "which one", &Sample::colour);
    list->Add("uplink", "how fast", &Sample::uplink);
    list->Add("rate", "how often", &Sample::rate).Flag("rate-per-second", "/s");
    list->Add("models", "which ones", &Sample::models);
    list->Add("limits.max_tensor", "how large", &Sample::limits, &Limits::max_tensor);
    list->Add("limits.deadline", "how late", &Sample::limits, &Limits::deadline);
    list->Add("limits.drop", "how bad", &Sample::limits, &Limits::drop);
    list->Check([](const Sample& sample, const Origins& origins) {
      return sample.loop && sample.models.empty()
                 ? InvalidArgument("{}: needs models", origins.Of("loop"))
                 : absl::OkStatus();
    });
    return list;
  }();
  return fields;
}

absl::StatusOr<LoadedConfig<Sample>> Load(std::string text) {
  return LoadConfig(Fields(), {.filename = "dir/s.yaml", .text = std::move(text)});
}

std::string ErrorOf(std::string text) {
  return std::string(Load(std::move(text)).status().message());
}

TEST(ConfigTest, EveryTypeIsRead) {
  const auto loaded = Load(
      "id: cam 1\nloop: true\nthreads: 8\ncolour: green\nuplink: 5.85Mbps\nrate: 10/s\n"
      "models: [a, b]\nlimits:\n  max_tensor: 4MiB\n  deadline: 80ms\n  drop: 2%\n");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const Sample& sample = loaded->config;
  EXPECT_EQ(sample.id, "cam 1");
  EXPECT_TRUE(sample.loop);
  EXPECT_EQ(sample.threads, 8);
  EXPECT_EQ(sample.colour, Colour::kGreen);
  EXPECT_DOUBLE_EQ(sample.uplink.bits_per_second, 5.85e6);
  EXPECT_EQ(sample.rate, Frequency{10});
  EXPECT_THAT(sample.models, ElementsAre("a", "b"));
  EXPECT_EQ(sample.limits.max_tensor.count, 4 << 20);
  EXPECT_EQ(sample.limits.deadline, absl::Milliseconds(80));
  EXPECT_EQ(sample.limits.drop.value, 0.02);
}

TEST(ConfigTest, AnEmptyFileLeavesTheDefaults) {
  const auto loaded = Load("");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->config.id, "sample");
  EXPECT_EQ(loaded->config.limits.deadline, std::nullopt);
  EXPECT_THAT(loaded->origins.Find("id"), IsEmpty());
}

TEST(ConfigTest, AnUnknownKeyNamesItsLineAndTheNearestOne) {
  EXPECT_EQ(ErrorOf("id: x\nthread: 3\n"),
            "dir/s.yaml:2: unknown key 'thread'; did you mean 'threads'?");
  EXPECT_EQ(ErrorOf("limits:\n  max_tenser: 1\n"),
            "dir/s.yaml:2: unknown key 'limits.max_tenser'; did you mean 'max_tensor'?");
  EXPECT_EQ(ErrorOf("limit: {drop: 1%}\n"),
            "dir/s.yaml:1: unknown key 'limit'; did you mean 'limits'?");
  EXPECT_EQ(ErrorOf("quite_something_else: 1\n"),
            "dir/s.yaml:1: unknown key 'quite_something_else'");
  EXPECT_THAT(ErrorOf("id.x: 1\n"), HasSubstr("unknown key"));
}

TEST(ConfigTest, AWrongValueNamesLineKeyAndWhatIsRight) {
  EXPECT_EQ(ErrorOf("\nlimits:\n  deadline: 80\n"),
            "dir/s.yaml:3: limits.deadline: '80' is not a duration; write for example 80ms, 2s or "
            "1.5m");
  EXPECT_EQ(ErrorOf("colour: gren\n"),
            "dir/s.yaml:1: colour: 'gren' is not one of: red | green; did you mean 'green'?");
  EXPECT_EQ(ErrorOf("loop: yes\n"), "dir/s.yaml:1: loop: 'yes' is not true or false");
  EXPECT_EQ(ErrorOf("threads: 0\n"), "dir/s.yaml:1: threads: 0 is outside 1 to 64");
  EXPECT_THAT(ErrorOf("threads: 99999999999\n"), HasSubstr("not a whole number"));
  EXPECT_THAT(ErrorOf("threads: 4x\n"), HasSubstr("not a whole number"));
}

TEST(ConfigTest, AValueOfTheWrongShapeIsRefused) {
  EXPECT_EQ(ErrorOf("id: [a]\n"), "dir/s.yaml:1: id: expected text, found a list");
  EXPECT_EQ(ErrorOf("id:\n"), "dir/s.yaml:1: id: expected text, found nothing");
  EXPECT_EQ(ErrorOf("models: a\n"),
            "dir/s.yaml:1: models: expected list of texts, found one value");
  EXPECT_THAT(ErrorOf("models: [[a]]\n"), HasSubstr("found a list"));
  EXPECT_EQ(ErrorOf("limits: 3\n"), "dir/s.yaml:1: 'limits' is a section with keys, not one value");
  EXPECT_THAT(ErrorOf("- a\n"), HasSubstr("has a list, expected 'key: value' lines"));
}

TEST(ConfigTest, AnOptionalValueCanBeNone) {
  const auto loaded = Load("limits: {deadline: none}\nrate: none\n");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->config.limits.deadline, std::nullopt);
}

TEST(ConfigTest, WhatNoSingleFieldCanCheckNamesTheLineToo) {
  EXPECT_EQ(ErrorOf("id: x\nloop: true\n"), "dir/s.yaml:2: loop: needs models");
}

TEST(ConfigTest, TheCommandLineWinsOverTheEnvironmentOverTheFile) {
  Settings settings{.filename = "s.yaml", .text = "id: file\nthreads: 1\ncolour: green\n"};
  settings.environment = {{"TIDELINE_ID", "environment"},
                          {"TIDELINE_THREADS", "2"},
                          {"TIDELINE_LIMITS_MAX_TENSOR", "7B"},
                          {"TIDELINE_ELSEWHERE", "x"}};
  settings.environment["TIDELINE_LIMITS_MAX_TENSOR"] = "7kB";
  settings.flags = {{"id", "flag"}, {"models", "a,b,,c"}};
  const auto loaded = LoadConfig(Fields(), settings);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->config.id, "flag");
  EXPECT_EQ(loaded->config.threads, 2);
  EXPECT_EQ(loaded->config.colour, Colour::kGreen);
  EXPECT_EQ(loaded->config.limits.max_tensor.count, 7000);
  EXPECT_THAT(loaded->config.models, ElementsAre("a", "b", "c"));
  EXPECT_EQ(loaded->origins.Of("id"), "--id: id");
  EXPECT_EQ(loaded->origins.Of("threads"), "TIDELINE_THREADS: threads");
  EXPECT_EQ(loaded->origins.Of("colour"), "s.yaml:3: colour");
  EXPECT_EQ(loaded->origins.Of("uplink"), "uplink");
}

TEST(ConfigTest, ErrorsInFlagsAndEnvironmentNameThem) {
  const auto flag = LoadConfig(Fields(), {.flags = {{"threads", "many"}}});
  EXPECT_THAT(std::string(flag.status().message()), HasSubstr("--threads: threads: 'many'"));
  const auto variable = LoadConfig(Fields(), {.environment = {{"TIDELINE_COLOUR", "blue"}}});
  EXPECT_THAT(std::string(variable.status().message()),
              HasSubstr("TIDELINE_COLOUR: colour: 'blue'"));
}

TEST(ConfigTest, AFlagMayHaveItsUnitInItsName) {
  const auto bare = LoadConfig(Fields(), {.flags = {{"rate-per-second", "10"}}});
  ASSERT_TRUE(bare.ok()) << bare.status();
  EXPECT_EQ(bare->config.rate, Frequency{10});
  const auto with_unit = LoadConfig(Fields(), {.flags = {{"rate-per-second", "30/m"}}});
  ASSERT_TRUE(with_unit.ok()) << with_unit.status();
  EXPECT_EQ(with_unit->config.rate, Frequency{0.5});
}

TEST(ConfigTest, PathsInAFileStartAtItsFolder) {
  EXPECT_EQ(Load("key: a/b.key\n")->config.key, "dir/a/b.key");
  EXPECT_EQ(Load("key: /a/b.key\n")->config.key, "/a/b.key");
  EXPECT_EQ(Load("key: '-'\n")->config.key, "-");
  const auto flag = LoadConfig(Fields(), {.filename = "dir/s.yaml", .flags = {{"key", "b.key"}}});
  EXPECT_EQ(flag->config.key, "b.key");
}

TEST(ConfigTest, AMissingRequiredKeySaysHowToGiveIt) {
  FieldList<Sample> list;
  list.Add("key", "a file", &Sample::key).Required();
  const auto loaded = LoadConfig(list, {.filename = "s.yaml"});
  EXPECT_EQ(loaded.status().message(),
            "s.yaml: key 'key' is missing (a file); give it there, as --key or as TIDELINE_KEY");
  EXPECT_TRUE(LoadConfig(list, {.flags = {{"key", "x"}}}).ok());
}

TEST(ConfigTest, OnlyTheEnvironmentGivesASecretAndNoTextHasIt) {
  FieldList<Sample> list;
  list.Add("limits.key", "a password", &Sample::key).Secret().Check([](const std::string& key) {
    return key.size() > 3 ? absl::OkStatus() : InvalidArgument("is too short");
  });
  const auto file = LoadConfig(list, {.filename = "s.yaml", .text = "limits:\n  key: hush!\n"});
  EXPECT_EQ(file.status().message(),
            "s.yaml:2: limits.key: is a secret, which only the environment gives, as "
            "TIDELINE_LIMITS_KEY");
  const auto flag = LoadConfig(list, {.flags = {{"limits-key", "hush!"}}});
  EXPECT_THAT(flag->config.key, IsEmpty());
  const auto given = LoadConfig(list, {.environment = {{"TIDELINE_LIMITS_KEY", "hush!"}}});
  ASSERT_TRUE(given.ok()) << given.status();
  EXPECT_EQ(given->config.key, "hush!");
  EXPECT_EQ(PrintConfig(list.fields(), given->origins, &given->config),
            "limits:\n  # key is that of TIDELINE_LIMITS_KEY\n");
  const auto short_one = LoadConfig(list, {.environment = {{"TIDELINE_LIMITS_KEY", "psh"}}});
  EXPECT_EQ(short_one.status().message(), "TIDELINE_LIMITS_KEY: limits.key: is too short");
}

TEST(ConfigTest, WhatIsPrintedIsReadBackAsTheSame) {
  const auto first = Load(
      "id: 'a: \"b\" # c'\nloop: true\nmodels: [x, 'y, z']\nrate: 0.5/s\n"
      "limits: {max_tensor: 123456, deadline: 2500us}\n");
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string text = PrintConfig(Fields().fields(), first->origins, &first->config);
  const auto second = Load(text);
  ASSERT_TRUE(second.ok()) << second.status() << "\n" << text;
  EXPECT_EQ(PrintConfig(Fields().fields(), {}, &first->config),
            PrintConfig(Fields().fields(), {}, &second->config));
  EXPECT_EQ(second->config.id, first->config.id);
  EXPECT_THAT(second->config.models, ElementsAre("x", "y, z"));
  EXPECT_THAT(text, HasSubstr("limits:\n  max_tensor: 123456  # dir/s.yaml:5\n  deadline: 2.5ms"));
  EXPECT_THAT(text, HasSubstr("\nuplink: 1Mbps\n"));
}

TEST(ConfigTest, TheReferenceHasEveryKeyWithItsDefault) {
  const Sample defaults;
  const std::string page = ReferencePage(Fields().fields(), &defaults);
  EXPECT_THAT(page, HasSubstr("| `limits.max_tensor` | bytes (4MiB) | `1MiB` | "
                              "`TIDELINE_LIMITS_MAX_TENSOR` | how large |\n"));
  EXPECT_THAT(page, HasSubstr("| `colour` | red \\| green | `red` |"));
  EXPECT_EQ(std::count(page.begin(), page.end(), '\n'),
            static_cast<int64_t>(Fields().fields().size()) + 2);
}

}  // namespace
}  // namespace tideline
