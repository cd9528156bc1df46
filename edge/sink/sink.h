#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "edge/result.h"

// Where results go.
namespace tideline {

// Thread-compatible. Write blocks as long as the device behind it does.
class Sink {
 public:
  virtual ~Sink() = default;

  // Never fails for the caller: what cannot be written is counted, the first failure of a row is
  // logged.
  virtual void Write(const Result& result) = 0;

  // Results that could not be written.
  virtual int64_t failed() const = 0;
};

enum class SinkKind { kJsonLines };
constexpr std::array<std::string_view, 1> EnumNames(SinkKind) { return {"jsonl"}; }

struct SinkOptions {
  SinkKind kind = SinkKind::kJsonLines;
  std::string path = "-";  // a file, which is appended to, or "-": standard output
  bool outputs = false;    // write the network's raw results too
};

// Errors: NotFound or PermissionDenied where the file cannot be opened.
absl::StatusOr<std::unique_ptr<Sink>> OpenSink(const SinkOptions& options);

// The record: one line of JSON with its line feed. Pure.
std::string ResultRecord(const Result& result, bool outputs);

}  // namespace tideline
