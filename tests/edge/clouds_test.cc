#include "edge/clouds.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/link.h"
#include "protocol/transport/loopback.h"

namespace tideline {
namespace {

using testing::ElementsAre;

class CloudsTest : public testing::Test {
 protected:
  // One that never hears of a cloud.
  std::unique_ptr<Session> LonelySession() {
    return MakeSession(io_, hub_.MakeClient("edge-1"), {.models = {{.name = "m", .version = 1}}});
  }

  std::vector<std::string> Addresses(const Clouds& clouds) {
    std::vector<std::string> addresses;
    for (size_t cloud = 0; cloud < clouds.places(); ++cloud) {
      addresses.push_back(clouds.address(cloud));
    }
    return addresses;
  }

  boost::asio::io_context io_{1};
  LoopbackHub hub_{io_};
};

TEST_F(CloudsTest, PlacesAreFilledInTurn) {
  Clouds clouds(/*places=*/2);
  EXPECT_EQ(clouds.session(0), nullptr);
  EXPECT_TRUE(clouds.Add("a", LonelySession()));
  EXPECT_TRUE(clouds.Add("b", LonelySession()));
  EXPECT_FALSE(clouds.Add("c", LonelySession()));  // both still try
  EXPECT_THAT(Addresses(clouds), ElementsAre("a", "b"));
  EXPECT_TRUE(clouds.Has("b"));
  EXPECT_FALSE(clouds.AnyReady());
}

TEST_F(CloudsTest, ANameStandsForTheAddressesThatItHas) {
  Clouds clouds(/*places=*/3);
  CloudFinder finder(io_, clouds, "tcp://cloud.invalid:5600",
                     [this](const std::string&) { return LonelySession(); });
  finder.OnAddresses({"10.0.0.2", "10.0.0.1"});
  EXPECT_THAT(Addresses(clouds), ElementsAre("tcp://10.0.0.1:5600", "tcp://10.0.0.2:5600", ""));
  finder.OnAddresses({"10.0.0.3", "10.0.0.2"});
  EXPECT_THAT(Addresses(clouds),
              ElementsAre("tcp://10.0.0.1:5600", "tcp://10.0.0.2:5600", "tcp://10.0.0.3:5600"));
}

}  // namespace
}  // namespace tideline
