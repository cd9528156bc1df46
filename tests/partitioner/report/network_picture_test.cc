#include "partitioner/report/network_picture.h"

#include <algorithm>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/partitioner/planner/random_program.h"

namespace tideline {
namespace {

using ::testing::ElementsAre;

class NetworkPictureTest : public ::testing::Test {
 protected:
  std::mt19937 random_{7};
  Program program_ = RandomProgram(9, 3, random_);
  FrontierTable table_{program_};
  Network network_ = DescribeNetwork(program_, table_);
};

TEST_F(NetworkPictureTest, GroupsReadWhatTheProgramReads) {
  const NetworkPicture picture = MakeNetworkPicture(program_, table_, {});
  ASSERT_EQ(picture.groups.size(), 9);
  EXPECT_THAT(picture.groups[0].reads, ElementsAre(NetworkPicture::kInput));
  for (const Dag::Value& value : network_.shape.values) {
    for (const int consumer : value.consumers) {
      EXPECT_THAT(picture.groups[consumer].reads, testing::Contains(value.producer));
    }
  }
  EXPECT_TRUE(picture.groups[8].makes_result);
  EXPECT_FALSE(picture.groups[0].makes_result);
}

TEST_F(NetworkPictureTest, SharesAreThoseOfTheTimesWhereTheyAreKnown) {
  std::vector<double> times(9, 1e6);
  times[4] = 2e6;
  const NetworkPicture picture = MakeNetworkPicture(program_, table_, times);
  EXPECT_TRUE(picture.share_is_time);
  EXPECT_DOUBLE_EQ(picture.groups[4].share, 0.2);
  EXPECT_DOUBLE_EQ(picture.groups[5].share, 0.1);
  EXPECT_FALSE(MakeNetworkPicture(program_, table_, {1, 2}).share_is_time);
}

TEST_F(NetworkPictureTest, EveryCutColoursItsHead) {
  NetworkPicture picture = MakeNetworkPicture(program_, table_, {});
  for (const NetworkCut& cut : network_.cuts) {
    SetCut(network_, cut.name, picture);
    const auto on_edge = std::ranges::count_if(
        picture.groups, [](const NetworkPicture::Group& group) { return group.on_edge; });
    EXPECT_EQ(on_edge, cut.prefix + static_cast<int>(cut.further.size())) << cut.name;
    for (const NetworkPicture::Group& group : picture.groups) {
      for (const int from : group.reads) {
        EXPECT_TRUE(!group.on_edge || from < 0 || picture.groups[from].on_edge) << cut.name;
      }
    }
  }
}

}  // namespace
}  // namespace tideline
