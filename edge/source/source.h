#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/base/units.h"
#include "common/tensor/tensor.h"
#include "edge/journal/journal.h"
#include "edge/mqtt/client.h"

// Where a network's inputs come from.
namespace tideline {

inline constexpr size_t kMaxImageFile = size_t{64} << 20;  // bytes
inline constexpr size_t kMaxSourceFiles = 1'000'000;

// A JPEG or PNG file as it is on disk.
struct ImageFile {
  Bytes bytes;
};

// A decoded image: uint8 [H, W, 3], red first, contiguous.
struct Pixels {
  Tensor rgb;
};

using SourceInput = std::variant<ImageFile, Tensor, Pixels>;

// One input on its way in.
struct SourceFrame {
  std::string source;  // the source's name
  uint64_t seq = 0;    // from 0; without gaps but for what a journal says was answered
  std::string id;      // "photos/cat.png"; in the second round of a loop "photos/cat.png#1"
  std::string name;    // for people: the file, "digits.npy[3]"
  std::string traceparent = {};  // W3C's, of who asked; "" = none
  // What to compute on; an error where it could not be read, which is then the frame's result.
  absl::StatusOr<SourceInput> input = absl::UnknownError("no input");
};

// A stream of frames; files are never dropped, of what comes live the latest is taken.
// Thread-compatible but for Stop and dropped.
class Source {
 public:
  virtual ~Source() = default;

  // The next frame, nullopt at the end or after Stop. Blocks until it is due and read; late frames
  // come at once.
  virtual std::optional<SourceFrame> Next() = 0;

  // Ends the stream: Next returns nullopt, one that waits too. Thread-safe.
  virtual void Stop() = 0;

  // Where whoever writes the answers notes their `seq`; the source's own. nullptr: nowhere.
  virtual Journal* journal() { return nullptr; }

  // Frames that came and were never given out, as newer ones came before they were asked for.
  virtual int64_t dropped() const { return 0; }
};

enum class SourceKind { kImages, kNpy, kCsv, kStdin, kMqtt, kVideo, kCamera, kNone };
constexpr std::array<std::string_view, 8> EnumNames(SourceKind) {
  return {"images", "npy", "csv", "stdin", "mqtt", "video", "camera", "none"};
}

// Whether the inputs lie in files, the same ones at the next start.
constexpr bool ReadsFiles(SourceKind kind) {
  return kind == SourceKind::kImages || kind == SourceKind::kNpy || kind == SourceKind::kCsv;
}

// Whether inputs come by themselves, and nobody can ask for one again.
constexpr bool IsLive(SourceKind kind) {
  return kind == SourceKind::kMqtt || kind == SourceKind::kCamera;
}

// The order of a window's dimensions.
enum class WindowLayout { kColumnsTime, kTimeColumns };
constexpr std::array<std::string_view, 2> EnumNames(WindowLayout) {
  return {"columns_time", "time_columns"};
}

// csv: rows of a time series that follow each other are one input.
struct WindowOptions {
  std::vector<std::string> columns;  // by name, or from 1 on without a header; none: all
  bool header = true;                // the first line names the columns
  int rows = 1;                      // of a window
  int hop = 0;                       // rows from one window to the next; 0: as many as it has
  WindowLayout layout = WindowLayout::kColumnsTime;
};

struct SourceOptions {
  std::string name = "source";
  SourceKind kind = SourceKind::kImages;
  // images: a file, a folder or a glob of JPEG and PNG files.
  // npy: one array, each index of its first dimension an input; or a folder or a glob of arrays,
  // each file one input.
  // none: nothing; requests come over HTTP alone, until Stop.
  // csv: one file of comma-separated numbers.
  // video: one file.
  // stdin: nothing; standard input has one path of an image or array per line.
  std::string path;
  bool loop = false;              // begin again at the end
  std::optional<Frequency> rate;  // frame k is due k/rate after the start; none: when asked for
  // images, npy, csv: the file that tells the next start what was answered; "" = none.
  std::string journal;
  WindowOptions window;
  std::string camera;  // /dev/video0, or rtsp:// or http:// and what follows
  std::string topic;   // mqtt: each message an image or an array; may hold '+' and '#'
};

// Errors: NotFound where `path` names nothing, InvalidArgument for what cannot be read,
// those of Journal::Open, MqttClient::Start and OpenModule.
absl::StatusOr<std::unique_ptr<Source>> OpenSource(const SourceOptions& options,
                                                   const MqttBroker& broker = {});

}  // namespace tideline
