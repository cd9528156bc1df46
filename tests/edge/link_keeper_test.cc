#include "edge/link_keeper.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "common/base/file.h"

namespace tideline {
namespace {

class LinkKeeperTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  static LinkSample Rate(double megabits) {
    constexpr uint64_t kBytes = 100'000;
    return {LinkSample::Kind::kUplink, kBytes, absl::Seconds(8 * kBytes / (megabits * 1e6))};
  }

  const std::string path_ = testing::TempDir() + "link_keeper_test.json";
  boost::asio::io_context io_;
  SystemClock clock_;
};

TEST_F(LinkKeeperTest, TheNextStartKnowsTheLink) {
  Adaptation first(clock_);
  {
    const LinkKeeper keeper(io_, first, path_);
    for (int i = 0; i < 5; ++i) {
      first.OnLink(0, Rate(3), {});
    }
  }
  Adaptation second(clock_);
  const LinkKeeper keeper(io_, second, path_);
  ASSERT_FALSE(second.SaveLink().up.empty());
  const double known = first.SaveLink().up.back().value;  // what is around the bytes counts too
  EXPECT_NEAR(second.SaveLink().up.back().value, known, 0.01 * known);
}

TEST_F(LinkKeeperTest, ADamagedFileIsAsNone) {
  std::ofstream(path_) << "no JSON";
  Adaptation adaptation(clock_);
  const LinkKeeper keeper(io_, adaptation, path_);
  EXPECT_TRUE(adaptation.SaveLink().up.empty());
}

TEST_F(LinkKeeperTest, APlaceThatCannotBeWrittenDoesNotMatter) {
  Adaptation adaptation(clock_);
  {
    const LinkKeeper keeper(io_, adaptation, "/nowhere/link.json");
  }
  EXPECT_TRUE(adaptation.SaveLink().up.empty());
}

}  // namespace
}  // namespace tideline
