
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cloud/gateway_fixture.h"

namespace tideline {
namespace {

using testing::ElementsAre;

TEST_F(GatewayTest, ItsStatusIsThatOfTheTraffic) {
  Start();
  Greet();
  Settle(1);
  edge_->Send(Request(2, "nonsense"));
  WaitForRefusal();
  const CloudFacts facts = gateway_->Describe();
  EXPECT_EQ(facts.id, "cloud");
  EXPECT_TRUE(facts.health.ready);
  ASSERT_EQ(facts.models.size(), 1);
  EXPECT_EQ(facts.models[0].name, "mlp");
  ASSERT_EQ(facts.edges.size(), 1);
  EXPECT_EQ(facts.edges[0].id, "kitchen");
  EXPECT_EQ(facts.edges[0].user, "edge-1");
  EXPECT_THAT(facts.edges[0].models, ElementsAre("mlp"));
  EXPECT_EQ(facts.edges[0].cut, "input");
  EXPECT_EQ(facts.edges[0].requests, 1);
  EXPECT_EQ(facts.edges[0].bytes_up, kInput);
  const CloudBoard& board = monitor_.board();
  EXPECT_EQ(board.served(), 1);
  EXPECT_EQ(board.refusals()[static_cast<size_t>(RefusalReason::kInvalid)], 1);
  EXPECT_GT(board.bytes_up(), kInput);
  EXPECT_GT(board.times()->p50, absl::ZeroDuration());
  gateway_->Drain([] {});
  EXPECT_FALSE(gateway_->Describe().health.ready);
}
}  // namespace
}  // namespace tideline
