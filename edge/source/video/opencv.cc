#include <cstdlib>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/videoio.hpp>

#include "common/model/image.h"
#include "edge/source/video/module.h"

// The one place with OpenCV.
namespace tideline {
namespace {

// For a camera on the network: until what it sends is known, and for the next frame.
constexpr int kOpenMilliseconds = 10'000;
constexpr int kReadMilliseconds = 5'000;
constexpr char kDevice[] = "/dev/video";

absl::StatusOr<Tensor> ToRgb(const cv::Mat& frame) {
  ASSIGN_OR_RETURN(Tensor rgb, Tensor::Allocate(DType::kUInt8, {frame.rows, frame.cols, 3}));
  auto* to = reinterpret_cast<uint8_t*>(rgb.mutable_data());
  for (int y = 0; y < frame.rows; ++y) {
    const uint8_t* from = frame.ptr<uint8_t>(y);
    for (int x = 0; x < frame.cols; ++x, from += 3, to += 3) {
      to[0] = from[2];
      to[1] = from[1];
      to[2] = from[0];
    }
  }
  return rgb;
}

class OpenCvReader final : public VideoReader {
 public:
  explicit OpenCvReader(std::string place) : place_(std::move(place)) {}

  absl::Status Open() override try {
    bool open = false;
    if (place_.starts_with(kDevice)) {
      open = capture_.open(place_, cv::CAP_V4L2);
      capture_.set(cv::CAP_PROP_BUFFERSIZE, 1);
    } else {
      open = capture_.open(place_, cv::CAP_FFMPEG,
                           {cv::CAP_PROP_OPEN_TIMEOUT_MSEC, kOpenMilliseconds,
                            cv::CAP_PROP_READ_TIMEOUT_MSEC, kReadMilliseconds});
    }
    return open ? absl::OkStatus() : Unavailable("it is not there, or no video that can be read");
  } catch (const std::exception&) {
    return Unavailable("OpenCV cannot open it");
  }

  absl::StatusOr<std::optional<Tensor>> Read() override try {
    cv::Mat frame;
    if (!capture_.read(frame) || frame.empty()) {
      capture_.release();
      return std::nullopt;
    }
    if (frame.type() != CV_8UC3 || frame.total() > static_cast<size_t>(kMaxImagePixels)) {
      return ResourceExhausted("a frame of {}x{} is no colour image of at most {} pixels",
                               frame.rows, frame.cols, kMaxImagePixels);
    }
    ASSIGN_OR_RETURN(Tensor rgb, ToRgb(frame));
    return std::optional(std::move(rgb));
  } catch (const std::exception&) {
    capture_.release();
    return std::nullopt;
  }

 private:
  const std::string place_;
  cv::VideoCapture capture_;
};

}  // namespace
}  // namespace tideline

extern "C" __attribute__((visibility("default"))) tideline::VideoReader* TidelineOpenVideo(
    const char* place) {
  ::setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", /*overwrite=*/0);  // quiet
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  return new tideline::OpenCvReader(place);
}
