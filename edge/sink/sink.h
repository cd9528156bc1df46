#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/base/units.h"
#include "common/tensor/tensor.h"
#include "edge/result.h"

// Where results go.
namespace tideline {

// A result as it is written.
struct Record {
  uint64_t seq = 0;
  std::string id;
  std::string line;  // with its line feed
  // For a sink of images; empty for the others, and where the input was none.
  absl::Time time;
  Bytes image;          // a JPEG or PNG file, or
  Tensor pixels;        // uint8 [H, W, 3]
  std::string caption;  // "cat 0.93"; below it how it was answered
};

// How long Write waits for a reader that takes nothing.
inline constexpr absl::Duration kReaderPatience = absl::Milliseconds(100);

// Thread-compatible. Blocks as long as the device behind it does, for a reader kReaderPatience.
class Sink {
 public:
  virtual ~Sink() = default;

  // Writes one whole record. After an error the same record may come again: what of it is there
  // already is not written twice. Where another one comes, the broken line is ended before it.
  // Errors: DeadlineExceeded where a reader takes nothing just now, Cancelled where it is gone,
  // InvalidArgument where it never will be taken, Unavailable for the rest.
  virtual absl::Status Write(const Record& record) = 0;

  // How many records WriteAll takes at once. It writes all of them or none.
  virtual size_t batch() const { return 1; }
  virtual absl::Status WriteAll(std::span<const Record> records) { return Write(records.front()); }

  // What was written survives a power cut, as far as the device knows of such things.
  // Errors: Unavailable.
  virtual absl::Status Sync() = 0;
};

enum class SinkKind { kJsonLines, kNone };
constexpr std::array<std::string_view, 2> EnumNames(SinkKind) { return {"jsonl", "none"}; }

struct WebhookOptions {
  std::string url;    // "" = none
  std::string token;  // file; "" = none
  std::string ca;     // https: file with the authorities to trust; "" = the system's
  int batch = 32;     // records of one message at most
  absl::Duration timeout = absl::Seconds(5);
};

// The main sink, and beside it those whose place is given.
struct SinkOptions {
  SinkKind kind = SinkKind::kJsonLines;
  std::string path = "-";  // a file, which is appended to, or "-": standard output
  bool outputs = false;    // write the network's raw results too
  bool ordered = false;    // results leave in the order of their frames
  // What may wait in memory while it cannot be written, for each sink; at least one record.
  ByteCount keep{int64_t{4} << 20};
  std::string mqtt;  // topic: records go to TOPIC/results, TOPIC/status is online or offline
  WebhookOptions webhook;
  std::string images;      // folder that gets the images with their answers; "" = none
  int images_kept = 1000;  // the latest stay
  // The latest records that can be fetched over HTTP, and the bytes that they may take; 0: none.
  int poll = 0;
  ByteCount poll_bytes{int64_t{4} << 20};
};

// The main sink; nullptr where its kind is none.
// Errors: NotFound or PermissionDenied where the file cannot be opened.
absl::StatusOr<std::unique_ptr<Sink>> OpenSink(const SinkOptions& options);

// The record: one line of JSON with its line feed. Keys without a meaning for this result are left
// out (`cloud` where none answered) or null. Pure.
std::string ResultRecord(const Result& result, bool outputs);

}  // namespace tideline
