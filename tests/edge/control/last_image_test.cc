#include "edge/control/last_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/image.h"
#include "tests/common/web/raw_client.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

class LastImageTest : public ::testing::Test {
 protected:
  LastImageTest() {
    Router router;
    image_.AddRoutes(router);
    server_ = *WebServer::Start(io_, {}, std::move(router));
    const std::string address = server_->address();
    port_ = std::atoi(address.c_str() + address.rfind(':') + 1);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~LastImageTest() override {
    io_.stop();
    thread_.join();
  }

  RawClient::Answer Ask() const {
    return RawClient(port_).Ask(Request("GET", "/api/v1/last-image"));
  }
  // An answered frame, all of that grey.
  void Show(uint64_t seq, int grey) {
    Result result;
    result.seq = seq;
    result.pixels = *Tensor::Allocate(DType::kUInt8, {48, 64, 3});
    std::memset(result.pixels.mutable_data(), grey, result.pixels.nbytes());
    board_.OnResult(result);
  }
  static int GreyOf(const RawClient::Answer& answer) {
    const absl::StatusOr<Tensor> image =
        DecodeImage(std::as_bytes(std::span(answer.body)), /*channels=*/1);
    EXPECT_TRUE(image.ok()) << image.status();
    return image.ok() ? image->as<uint8_t>()[0] : -1;
  }

  ManualClock clock_;
  StatusBoard board_{clock_, /*images=*/true};
  boost::asio::io_context io_{1};
  LastImage image_{io_, board_, clock_};
  std::unique_ptr<WebServer> server_;
  int port_ = 0;
  std::thread thread_;
};

TEST_F(LastImageTest, AFrameIsAJpegOfItsPixels) {
  EXPECT_EQ(Ask().status, 404);
  Show(7, 120);
  const RawClient::Answer answer = Ask();
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.head, HasSubstr("Content-Type: image/jpeg\r\n"));
  EXPECT_THAT(answer.head, HasSubstr("Tideline-Request: 7\r\n"));
  EXPECT_NEAR(GreyOf(answer), 120, 3);
}

TEST_F(LastImageTest, FramesAreEncodedOnceASecondAtMost) {
  Show(1, 50);
  EXPECT_NEAR(GreyOf(Ask()), 50, 3);
  Show(2, 200);
  clock_.Advance(kPicturePeriod - absl::Milliseconds(1));
  const RawClient::Answer before = Ask();
  EXPECT_NEAR(GreyOf(before), 50, 3);
  EXPECT_THAT(before.head, HasSubstr("Tideline-Request: 1\r\n"));
  clock_.Advance(absl::Milliseconds(1));
  const RawClient::Answer after = Ask();
  EXPECT_NEAR(GreyOf(after), 200, 3);
  EXPECT_THAT(after.head, HasSubstr("Tideline-Request: 2\r\n"));
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Ask().head, HasSubstr("Tideline-Request: 2\r\n"));
}

TEST_F(LastImageTest, AllWhoAskAreAnswered) {
  Show(1, 50);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 16; ++i) {
    clients.push_back(std::make_unique<RawClient>(port_));
    clients.back()->Send(Request("GET", "/api/v1/last-image"));
  }
  for (const auto& client : clients) {
    EXPECT_NEAR(GreyOf(client->Read()), 50, 3);
  }
}

TEST_F(LastImageTest, AFileGoesOutAsItCame) {
  Show(1, 50);
  Ask();
  Result result;
  result.seq = 2;
  result.file = Bytes::Own("\x89PNG and more");
  board_.OnResult(result);
  const RawClient::Answer answer = Ask();
  EXPECT_EQ(answer.body, "\x89PNG and more");
  EXPECT_THAT(answer.head, HasSubstr("Content-Type: image/png\r\n"));
}

}  // namespace
}  // namespace tideline
