#include "edge/control/last_image.h"

#include <utility>

#include "boost/asio/post.hpp"

#include "common/model/image.h"

namespace tideline {
namespace {

constexpr int kQuality = 85;

// JPEG begins with FF D8, PNG with 89 'P'.
WebResponse Picture(uint64_t seq, std::string file) {
  return {.type = file.starts_with("\x89P") ? "image/png" : "image/jpeg",
          .body = std::move(file),
          .headers = {{"Cache-Control", "no-store"},
                      // Which request's answer belongs to it: it may be newer than a status.
                      {"Tideline-Request", std::to_string(seq)}}};
}

}  // namespace

LastImage::LastImage(boost::asio::io_context& io, const StatusBoard& board, const Clock& clock)
    : io_(io), board_(board), clock_(clock) {}

void LastImage::AddRoutes(Router& router) {
  router.Add("GET", "/api/v1/last-image", {},
             [this](const WebRequestPtr&, const Responder& responder) { Handle(responder); });
}

void LastImage::Handle(const Responder& responder) {
  const std::optional<ShownImage> image = board_.Image();
  if (!image) {
    responder(ErrorResponse(404, "there is no picture"));
    return;
  }
  if (!image->pixels.defined()) {
    responder(Picture(
        image->seq, {reinterpret_cast<const char*>(image->file.view.data()), image->file.size()}));
    return;
  }
  if (made_ && (made_->seq == image->seq || clock_.Now() - made_->asked < kPicturePeriod)) {
    responder(Picture(made_->seq, made_->jpeg));
    return;
  }
  waiting_.push_back(responder);
  if (waiting_.size() == 1) {
    Encode(*image);
  }
}

void LastImage::Encode(const ShownImage& image) {
  asked_ = clock_.Now();
  if (!encoder_) {
    encoder_.emplace("picture");
  }
  encoder_->Post([this, seq = image.seq, pixels = image.pixels] {
    absl::StatusOr<std::string> jpeg = EncodeJpeg(pixels, kQuality);
    boost::asio::post(
        io_, [this, seq, jpeg = std::move(jpeg)]() mutable { OnEncoded(seq, std::move(jpeg)); });
  });
}

void LastImage::OnEncoded(uint64_t seq, absl::StatusOr<std::string> jpeg) {
  const std::vector<Responder> waiting = std::exchange(waiting_, {});
  if (!jpeg.ok()) {
    for (const Responder& responder : waiting) {
      responder(ErrorResponse(jpeg.status()));
    }
    return;
  }
  made_ = Made{.seq = seq, .jpeg = *std::move(jpeg), .asked = asked_};
  for (const Responder& responder : waiting) {
    responder(Picture(seq, made_->jpeg));
  }
}

}  // namespace tideline
