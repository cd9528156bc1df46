#include "partitioner/report/json_report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/partitioner/report/example_report.h"

namespace tideline {
namespace {

TEST(JsonReportTest, TheBestHasItsTermsInTheUnitsOfTheKeys) {
  const PlanReport report = ExamplePlan().Report();
  const auto json = nlohmann::json::parse(FormatJson(report));
  const auto& best = json["best"];
  EXPECT_EQ(best["cut"], report.best().cut);
  EXPECT_DOUBLE_EQ(best["latency_ms"].get<double>(), report.best().terms.latency_ns / 1e6);
  double sum = 0;
  for (const char* term :
       {"head_ms", "encode_ms", "up_ms", "decode_ms", "queue_ms", "tail_ms", "down_ms"}) {
    sum += best[term].get<double>();
  }
  EXPECT_NEAR(sum, best["latency_ms"].get<double>(), 1e-9);
  EXPECT_EQ(json["ranked"].size(), report.ranked.size());
  EXPECT_EQ(json["ranked"][0], best);
  EXPECT_EQ(json["front"].size(), report.front.size());
  EXPECT_EQ(json["met"], true);
  EXPECT_EQ(json["objective"], "latency");
}

TEST(JsonReportTest, WhatIsUnknownIsNull) {
  PlanReport report = ExamplePlan().Report();
  report.ranked[0].accuracy_drop = 1;
  report.ranked[0].energy_joules.reset();
  const auto json = nlohmann::json::parse(FormatJson(report));
  EXPECT_TRUE(json["best"]["accuracy_drop"].is_null());
  EXPECT_TRUE(json["best"]["energy_joules"].is_null());
  EXPECT_TRUE(json["best"]["why"].is_null());
}

TEST(JsonReportTest, AnUnmetTargetIsInIt) {
  const auto json =
      nlohmann::json::parse(FormatJson(ExamplePlan().Report({.latency = absl::Milliseconds(1)})));
  EXPECT_EQ(json["met"], false);
  EXPECT_EQ(json["constraints"][0]["name"], "latency_p99");
  EXPECT_EQ(json["constraints"][0]["met"], false);
  EXPECT_GT(json["best"]["violation"].get<double>(), 0);
  EXPECT_TRUE(json["constraints"][0]["out_of_reach"].is_string());
}

TEST(JsonReportTest, NamesThatAreNoTextAreReplaced) {
  PlanReport report = ExamplePlan().Report();
  report.model = "\xff";
  EXPECT_FALSE(nlohmann::json::parse(FormatJson(report), nullptr, false).is_discarded());
}

}  // namespace
}  // namespace tideline
