#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/base/zip.h"

namespace tideline {

// The zip around a .pt2 file: its entries by their name below the archive's root, which is the
// file's stem or absent. Views into bytes that the caller keeps alive. Thread-compatible.
class Pt2Archive {
 public:
  // Errors: DataLoss or Unimplemented (ReadZip), InvalidArgument where it is no .pt2 of one model.
  static absl::StatusOr<Pt2Archive> Open(std::span<const std::byte> file);

  // The bytes of "data/weights/weight_0", checked against the archive's CRC-32.
  // Errors: DataLoss, also where the entry is missing.
  absl::StatusOr<std::span<const std::byte>> Read(std::string_view path) const;

  bool Has(std::string_view path) const { return entries_.contains(path); }

 private:
  std::map<std::string, ZipEntry, std::less<>> entries_;
};

}  // namespace tideline
