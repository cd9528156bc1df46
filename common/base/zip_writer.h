#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "common/base/status.h"

namespace tideline {

// Makes a zip archive of stored entries in memory. Every entry's bytes begin at a multiple of
// kAlignment, so that a mapped file is read in place. The same entries give the same bytes: there
// are no times in it. Thread-compatible.
class ZipWriter {
 public:
  static constexpr size_t kAlignment = 64;

  // Copies `bytes`. Names are not compared: each must be added once.
  // Errors: ResourceExhausted where the archive would pass 4 GiB, 65,534 entries or a name 4 KiB.
  absl::Status Add(const std::string& name, std::span<const std::byte> bytes);

  // The archive; the writer is empty afterwards.
  std::string Finish();

 private:
  std::string archive_;
  std::string directory_;
  size_t entries_ = 0;
};

}  // namespace tideline
