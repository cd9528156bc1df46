#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tideline {

// Writes zip archives for tests: stored entries, whose headers a test may falsify.
class ZipBuilder {
 public:
  struct Entry {
    std::string name;
    std::string bytes;
    uint16_t method = 0;          // 8 says "deflated"
    uint16_t flags = 0;           // 1 says "encrypted"
    bool zip64 = false;           // sizes and offset in the zip64 extra field
    int64_t claimed_size = -1;    // what the headers say, where that is not bytes.size()
    int64_t claimed_offset = -1;  // of the local header
    int64_t claimed_crc = -1;
  };

  ZipBuilder& Add(std::string name, std::string bytes);
  ZipBuilder& Add(Entry entry);
  // How many entries the end record claims; the true number where it is not called.
  ZipBuilder& ClaimEntries(uint16_t entries);
  std::string Build() const;

 private:
  std::vector<Entry> entries_;
  int claimed_entries_ = -1;
};

}  // namespace tideline
