#include "common/base/memory.h"

#include <cstdint>
#include <sys/mman.h>
#include <unistd.h>

namespace tideline {

void ReleasePages(std::span<const std::byte> bytes) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const size_t into_page = reinterpret_cast<uintptr_t>(bytes.data()) % page;
  const size_t skipped = into_page == 0 ? 0 : page - into_page;
  if (bytes.size() < skipped + page) {
    return;
  }
  const auto whole = bytes.subspan(skipped, (bytes.size() - skipped) / page * page);
  (void)::madvise(const_cast<std::byte*>(whole.data()), whole.size(), MADV_PAGEOUT);
}

}  // namespace tideline
