#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/base/units.h"
#include "edge/result.h"

// Where results go.
namespace tideline {

// A result as it is written.
struct Record {
  uint64_t seq = 0;
  std::string id;
  std::string line;  // with its line feed
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
  // Unavailable for the rest.
  virtual absl::Status Write(const Record& record) = 0;

  // What was written survives a power cut, as far as the device knows of such things.
  // Errors: Unavailable.
  virtual absl::Status Sync() = 0;
};

enum class SinkKind { kJsonLines };
constexpr std::array<std::string_view, 1> EnumNames(SinkKind) { return {"jsonl"}; }

struct SinkOptions {
  SinkKind kind = SinkKind::kJsonLines;
  std::string path = "-";  // a file, which is appended to, or "-": standard output
  bool outputs = false;    // write the network's raw results too
  bool ordered = false;    // results leave in the order of their frames
  // What may wait in memory while it cannot be written; at least one record.
  ByteCount keep{int64_t{4} << 20};
};

// Errors: NotFound or PermissionDenied where the file cannot be opened.
absl::StatusOr<std::unique_ptr<Sink>> OpenSink(const SinkOptions& options);

// The record: one line of JSON with its line feed. Pure.
std::string ResultRecord(const Result& result, bool outputs);

}  // namespace tideline
