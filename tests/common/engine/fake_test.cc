#include "common/engine/fake.h"

#include <stop_token>
#include <thread>

#include "absl/time/clock.h"
#include <gtest/gtest.h>

#include "tests/common/engine/programs.h"

namespace tideline {
namespace {

class FakeTest : public ::testing::Test {
 protected:
  std::vector<Tensor> Run(const Segment& segment, const std::vector<Tensor>& inputs) {
    return *model_->Run(segment, inputs);
  }

  const Diamond net_;
  const std::unique_ptr<PreparedModel> model_ =
      *CreateFakeEngine(absl::ZeroDuration())->Prepare(net_.program, {});
};

TEST_F(FakeTest, SegmentsJoinedAtACutGiveTheWhole) {
  const Frontier cut{"a", {net_.a}};
  const std::vector<Tensor> whole = Run({net_.input(), net_.edge()}, {Ramp({2, 3})});
  const std::vector<Tensor> head = Run({net_.input(), cut}, {Ramp({2, 3})});
  const std::vector<Tensor> tail = Run({cut, net_.edge()}, head);
  EXPECT_EQ(whole[0].shape(), Shape({2, 3}));
  EXPECT_TRUE(BitEqual(tail[0], whole[0]));
}

TEST_F(FakeTest, AnotherInputGivesAnotherResult) {
  const Segment whole{net_.input(), net_.edge()};
  EXPECT_FALSE(BitEqual(Run(whole, {Ramp({1, 3})})[0], Run(whole, {Ramp({1, 3}, 1)})[0]));
}

TEST_F(FakeTest, RowsOfABatchAreIndependent) {
  const Segment whole{net_.input(), net_.edge()};
  const std::vector<float> both = Elements(Run(whole, {Ramp({2, 3})})[0]);
  const std::vector<float> second = Elements(Run(whole, {Ramp({1, 3}, /*first=*/0.75F)})[0]);
  EXPECT_EQ(std::vector<float>(both.begin() + 3, both.end()), second);
}

TEST_F(FakeTest, EveryNodeTakesItsDelay) {
  const auto slow = *CreateFakeEngine(absl::Milliseconds(2))->Prepare(net_.program, {});
  const absl::Time start = absl::Now();
  ASSERT_TRUE(slow->Run({net_.input(), net_.edge()}, std::vector<Tensor>{Ramp({1, 3})}).ok());
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(8));
}

TEST_F(FakeTest, AStoppedRunEnds) {
  const auto endless = *CreateFakeEngine(absl::Hours(1))->Prepare(net_.program, {});
  std::stop_source stop;
  std::thread stopper([&] { stop.request_stop(); });
  const auto outputs = endless->Run({net_.input(), net_.edge()}, std::vector<Tensor>{Ramp({1, 3})},
                                    {.stop = stop.get_token()});
  EXPECT_EQ(outputs.status().code(), absl::StatusCode::kCancelled) << outputs.status();
  stopper.join();
}

TEST_F(FakeTest, NodesOfTheSegmentAloneTakeTheirDelay) {
  const auto slow = *CreateFakeEngine(absl::Milliseconds(2))->Prepare(net_.program, {});
  const Segment head{net_.input(), {"a", {net_.a}}};
  const std::vector<Tensor> inputs = {Ramp({1, 3})};
  EXPECT_EQ(*slow->TimeNodes(head, inputs, /*runs=*/3), (std::vector<double>{2e6, 0, 0, 0}));
  EXPECT_FALSE(slow->TimeNodes(head, {}, /*runs=*/3).ok());
}

TEST_F(FakeTest, WrongInputsAreRefused) {
  const auto outputs = model_->Run({net_.input(), net_.edge()}, std::vector<Tensor>{Ramp({1, 4})});
  EXPECT_EQ(outputs.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(FakeDelayTest, IsADuration) {
  EXPECT_EQ(*ParseFakeDelay("2ms"), absl::Milliseconds(2));
  EXPECT_EQ(*ParseFakeDelay(""), absl::ZeroDuration());
  EXPECT_FALSE(ParseFakeDelay("fast").ok());
}

}  // namespace
}  // namespace tideline
