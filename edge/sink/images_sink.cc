#include "edge/sink/images_sink.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include "common/model/image.h"
#include "edge/sink/caption.h"

namespace tideline {
namespace {

namespace fs = std::filesystem;

constexpr int kQuality = 85;
constexpr size_t kNameLength = sizeof("20261129T104500.123Z-00000041.jpg") - 1;

std::string NameOf(const Record& record) {
  return fmt::format("{}-{:08}.jpg",
                     absl::FormatTime("%Y%m%dT%H%M%E3SZ", record.time, absl::UTCTimeZone()),
                     record.seq % 100'000'000);
}

bool IsOurs(const std::string& name) {
  return name.size() == kNameLength && name.ends_with(".jpg") && name[8] == 'T' &&
         name[19] == 'Z' && name[20] == '-' &&
         name.find_first_not_of("0123456789TZ.-jpg") == std::string::npos;
}

class ImagesSink final : public Sink {
 public:
  ImagesSink(fs::path folder, size_t limit) : folder_(std::move(folder)), limit_(limit) {}

  absl::Status Write(const Record& record) override {
    RETURN_IF_ERROR(Prepare());
    Tensor image = record.pixels;
    if (!image.defined()) {
      ASSIGN_OR_RETURN(image, DecodeImage(record.image.view, /*channels=*/3));
    }
    ASSIGN_OR_RETURN(const Tensor captioned, WithCaption(image, record.caption));
    ASSIGN_OR_RETURN(const std::string jpeg, EncodeJpeg(captioned, kQuality));
    const std::string name = NameOf(record);
    RETURN_IF_ERROR(WriteFile(name, jpeg));
    names_.insert(name);
    RemoveOldest();
    return absl::OkStatus();
  }

  absl::Status Sync() override { return absl::OkStatus(); }

 private:
  absl::Status Prepare() {
    if (std::exchange(prepared_, true)) {
      return absl::OkStatus();
    }
    std::error_code error;
    fs::create_directories(folder_, error);
    for (fs::directory_iterator entry(folder_, error), end; !error && entry != end;
         entry.increment(error)) {
      if (const std::string name = entry->path().filename().string(); IsOurs(name)) {
        names_.insert(name);
      }
    }
    prepared_ = !error;
    return error ? Unavailable("{}: images cannot be written there: {}", folder_.string(),
                               error.message())
                 : absl::OkStatus();
  }

  // Not synced: an image that a power cut takes is no loss.
  absl::Status WriteFile(const std::string& name, const std::string& content) {
    const fs::path temporary = folder_ / ".writing";
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file << content;
    file.close();
    std::error_code error;
    if (file) {
      fs::rename(temporary, folder_ / name, error);
    }
    prepared_ = file && !error;
    return prepared_ ? absl::OkStatus()
                     : Unavailable("{}: an image cannot be written there: {}", folder_.string(),
                                   error ? error.message() : std::strerror(errno));
  }

  void RemoveOldest() {
    while (names_.size() > limit_) {
      std::error_code ignored;
      fs::remove(folder_ / *names_.begin(), ignored);
      names_.erase(names_.begin());
    }
  }

  const fs::path folder_;
  const size_t limit_;
  bool prepared_ = false;        // the folder is there, and names_ has what lies in it
  std::set<std::string> names_;  // the oldest first
};

}  // namespace

std::unique_ptr<Sink> OpenImagesSink(const std::string& folder, size_t limit) {
  return std::make_unique<ImagesSink>(folder, limit);
}

}  // namespace tideline
