#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/base/status.h"

namespace tideline {

struct ZipEntry {
  std::string name;
  std::span<const std::byte> bytes;  // inside the archive
  uint32_t crc32 = 0;                // as the archive states it, not yet verified
};

// The entries of a zip archive whose entries are all stored (not compressed), zip64 included, in
// the order of the central directory. Pure; the views point into `archive`.
// Limits: 100,000 entries, names of 4 KiB. Errors: DataLoss where a size or an offset points
// outside the archive, entries overlap or a name comes twice; Unimplemented where an entry is
// compressed or encrypted.
absl::StatusOr<std::vector<ZipEntry>> ReadZip(std::span<const std::byte> archive);

}  // namespace tideline
