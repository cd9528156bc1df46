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

// One whose state the test sets.
class ScriptedSession final : public Session {
 public:
  ScriptedSession() { welcome_.emplace().models.emplace_back(); }

  void Become(LinkState state) {
    state_ = state;
    on_state_(state);
  }

  uint64_t Submit(Submission, ReplyCallback) override { return 0; }
  uint64_t Begin(Submission, ReplyCallback) override { return 0; }
  bool CanBegin() const override { return false; }
  bool Extend(uint64_t, size_t, Bytes) override { return false; }
  void Close(uint64_t) override {}
  uint64_t AskProfile(uint16_t, absl::Duration, ReplyCallback) override { return 0; }
  uint64_t Cancel(uint64_t) override { return 0; }
  LinkState state() const override { return state_; }
  const std::string& reason() const override { return reason_; }
  absl::Status ModelReady(uint16_t) const override { return absl::OkStatus(); }
  const std::optional<wire::Welcome>& welcome() const override { return welcome_; }
  LinkStatistics statistics() const override { return {}; }
  void OnStateChange(std::function<void(LinkState)> callback) override {
    on_state_ = std::move(callback);
  }
  void OnLinkSample(std::function<void(const LinkSample&)>) override {}
  void SetModels(std::vector<wire::ModelIdentity>) override {}
  void Drain() override {}

 private:
  LinkState state_ = LinkState::kConnecting;
  std::string reason_;
  std::optional<wire::Welcome> welcome_;
  std::function<void(LinkState)> on_state_;
};

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

// Else the first requests, which waited for it, would find that it is not to be asked.
TEST_F(CloudsTest, TheListenerKnowsBeforeWhoeverWaits) {
  Clouds clouds(/*places=*/1);
  auto session = std::make_unique<ScriptedSession>();
  ScriptedSession& scripted = *session;
  std::vector<bool> ready_when_told;
  clouds.SetListener(
      {.on_ready = [&](size_t, bool) { ready_when_told.push_back(clouds.AnyReady()); },
       .on_sample = [](size_t, const LinkSample&) {}});
  ASSERT_TRUE(clouds.Add("a", std::move(session)));
  scripted.Become(LinkState::kReady);
  EXPECT_TRUE(clouds.AnyReady());
  scripted.Become(LinkState::kAway);
  EXPECT_FALSE(clouds.AnyReady());
  EXPECT_THAT(ready_when_told, ElementsAre(false, false));
  clouds.Close();
}

TEST_F(CloudsTest, TheListenerHearsThatAnotherOneTookThePlaceOfOneThatIsAway) {
  Clouds clouds(/*places=*/1);
  auto session = std::make_unique<ScriptedSession>();
  ScriptedSession& scripted = *session;
  std::vector<size_t> replaced;
  clouds.SetListener({.on_replaced = [&](size_t cloud) { replaced.push_back(cloud); }});
  ASSERT_TRUE(clouds.Add("a", std::move(session)));
  EXPECT_THAT(replaced, ElementsAre());
  scripted.Become(LinkState::kAway);
  ASSERT_TRUE(clouds.Add("b", LonelySession()));
  EXPECT_THAT(replaced, ElementsAre(0));
  EXPECT_EQ(clouds.address(0), "b");
  clouds.Close();
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
