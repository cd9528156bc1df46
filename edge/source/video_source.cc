#include "edge/source/video_source.h"

#include <algorithm>
#include <pthread.h>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"

#include "common/base/clock.h"
#include "common/base/module.h"
#include "common/base/steady_mutex.h"
#include "common/base/strings.h"
#include "common/telemetry/log.h"
#include "edge/source/live_source.h"
#include "edge/source/pacer.h"
#include "edge/source/video/module.h"

namespace tideline {
namespace {

constexpr absl::Duration kFirstWait = absl::Milliseconds(200);  // between tries to open a camera
constexpr absl::Duration kLongestWait = absl::Seconds(5);

absl::StatusOr<std::unique_ptr<VideoReader>> OpenReader(const std::string& place) {
  ASSIGN_OR_RETURN(void* function, OpenModule("video module", "source_video.so", kOpenVideoSymbol));
  const auto open = reinterpret_cast<TidelineOpenVideoFunction>(function);
  return std::unique_ptr<VideoReader>(open(place.c_str()));
}

class VideoFile final : public Source {
 public:
  VideoFile(SourceOptions options, std::unique_ptr<VideoReader> reader)
      : options_(std::move(options)),
        file_(options_.path.substr(options_.path.rfind('/') + 1)),
        reader_(std::move(reader)),
        pacer_(options_.rate) {}

  std::optional<SourceFrame> Next() override {
    if (!pacer_.Wait(seq_)) {
      return std::nullopt;
    }
    absl::StatusOr<std::optional<Tensor>> image = reader_->Read();
    if (image.ok() && !*image && options_.loop && place_ > 0 && reader_->Open().ok()) {
      ++round_;
      place_ = 0;
      image = reader_->Read();
    }
    if (image.ok() && !*image) {
      return std::nullopt;
    }
    SourceFrame frame;
    frame.source = options_.name;
    frame.seq = seq_++;
    frame.name = fmt::format("{}[{}]", file_, place_++);
    frame.id = fmt::format("{}/{}", options_.name, frame.name);
    if (round_ > 0) {
      frame.id += fmt::format("#{}", round_);
    }
    if (image.ok()) {
      frame.input = Pixels{**std::move(image)};
    } else {
      frame.input = image.status();
    }
    return frame;
  }

  void Stop() override { pacer_.Stop(); }

 private:
  const SourceOptions options_;
  const std::string file_;
  const std::unique_ptr<VideoReader> reader_;
  Pacer pacer_;
  uint64_t seq_ = 0;
  uint64_t place_ = 0;  // in the file
  uint64_t round_ = 0;
};

class Camera final : public LiveSource {
 public:
  Camera(const std::string& name, std::unique_ptr<VideoReader> reader)
      : LiveSource(name), reader_(std::move(reader)), thread_([this] { Loop(); }) {
    pthread_setname_np(thread_.native_handle(), "camera");
  }
  // Waits until the camera has given its next frame, or given up.
  ~Camera() override {
    {
      const SteadyLock lock(&mutex_);
      stopping_ = true;
    }
    thread_.join();
  }
  Camera(const Camera&) = delete;
  Camera& operator=(const Camera&) = delete;

 private:
  // The camera's thread, as everything below.
  void Loop() {
    absl::Duration wait = kFirstWait;
    bool away = false;
    while (!Stopping()) {
      absl::Status status = reader_->Open();
      if (status.ok()) {
        status = ReadAll(away);
        wait = away ? wait : kFirstWait;
      }
      if (!std::exchange(away, true) && !Stopping()) {
        Log(LogLevel::kError, "camera_away", {{"source", name()}, {"reason", status}});
      }
      Wait(wait);
      wait = std::min(2 * wait, kLongestWait);
    }
  }

  // Until it ends; the first frame says that the camera is there.
  absl::Status ReadAll(bool& away) {
    bool first = true;
    while (!Stopping()) {
      absl::StatusOr<std::optional<Tensor>> image = reader_->Read();
      if (image.ok() && !*image) {
        break;
      }
      if (std::exchange(first, false)) {
        away = false;
        Log(LogLevel::kInfo, "camera_found", {{"source", name()}});
      }
      Put({clock_.WallNow(), [image = std::move(image)]() -> absl::StatusOr<SourceInput> {
             RETURN_IF_ERROR(image.status());
             return SourceInput(Pixels{**image});
           }});
    }
    return Unavailable("it gives no more frames");
  }

  void Wait(absl::Duration wait) {
    const SteadyLock lock(&mutex_);
    mutex_.AwaitFor([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopping_; }, wait);
  }
  bool Stopping() {
    const SteadyLock lock(&mutex_);
    return stopping_;
  }

  const SystemClock clock_;
  const std::unique_ptr<VideoReader> reader_;
  SteadyMutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last
};

}  // namespace

absl::StatusOr<std::unique_ptr<Source>> OpenVideoFile(const SourceOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<VideoReader> reader, OpenReader(options.path));
  if (const absl::Status status = reader->Open(); !status.ok()) {
    return InvalidArgument("{}: {}", options.path, ToStd(status.message()));
  }
  return std::make_unique<VideoFile>(options, std::move(reader));
}

absl::StatusOr<std::unique_ptr<Source>> OpenCamera(const SourceOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<VideoReader> reader, OpenReader(options.camera));
  return std::make_unique<Camera>(options.name, std::move(reader));
}

}  // namespace tideline
