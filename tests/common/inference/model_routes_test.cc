#include "common/inference/model_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/inference/metadata.h"
#include "tests/common/inference/ask_router.h"
#include "tests/common/inference/served_diamond.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

class ModelRoutesTest : public testing::Test {
 protected:
  void SetUp() override {
    AddModelRoutes(router_, {.name = "a-server",
                             .version = "1.2",
                             .health = [] { return Health{.degraded = true}; },
                             .find = [this](std::string_view name, std::string_view version)
                                 -> absl::StatusOr<std::shared_ptr<const ServedModel>> {
                               RETURN_IF_ERROR(CheckModelName(*model_, name, version));
                               return model_;
                             },
                             .model_health = [this](const ServedModel&) { return health_; },
                             .statistics = [this](const ServedModel&) -> const ModelStatistics& {
                               return statistics_;
                             }});
  }

  WebResponse Get(const std::string& path) { return Ask(router_, "GET", path).response(); }

  const std::shared_ptr<const ServedModel> model_ = MakeServedDiamond();
  Health health_;
  ModelStatistics statistics_;
  Router router_;
};

TEST_F(ModelRoutesTest, TheServerAndItsModelNameThemselves) {
  EXPECT_THAT(Get("/v2").body, HasSubstr(R"("name":"a-server")"));
  EXPECT_EQ(Get("/v2/health/live").status, 200);
  EXPECT_THAT(Get("/v2/health/ready").body, HasSubstr(R"("degraded":true)"));
  for (const std::string path : {"/v2/models/net", "/v2/models/net/versions/1"}) {
    EXPECT_THAT(Get(path).body, HasSubstr("tideline_echo"));
    EXPECT_EQ(Get(path + "/ready").status, 200);
  }
  for (const std::string path : {"/v2/models/other", "/v2/models/net/versions/2"}) {
    EXPECT_EQ(Get(path).status, 404);
    EXPECT_EQ(Get(path + "/ready").status, 404);
    EXPECT_EQ(Get(path + "/stats").status, 404);
  }
}

TEST_F(ModelRoutesTest, AModelMayBeNotReadyWhereItsServerIs) {
  health_ = {.ready = false, .reasons = {"its engine fails"}};
  const WebResponse answer = Get("/v2/models/net/ready");
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("its engine fails"));
  EXPECT_EQ(Get("/v2/health/ready").status, 200);
}

TEST_F(ModelRoutesTest, StatisticsAreThoseOfTheModel) {
  statistics_.OnSuccess({.total = absl::Milliseconds(1), .inferences = 7}, absl::UnixEpoch());
  EXPECT_THAT(Get("/v2/models/net/stats").body, HasSubstr(R"("inference_count":7)"));
}

}  // namespace
}  // namespace tideline
