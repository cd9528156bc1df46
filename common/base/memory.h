#pragma once

#include <cstddef>
#include <span>

namespace tideline {

// Tells the kernel that `bytes` will not be read soon: pages of a mapped file leave memory and come
// back from the file when they are read. The content never changes; a hint that may do nothing.
// Pages that are only partly in `bytes` stay. Thread-safe.
void ReleasePages(std::span<const std::byte> bytes);

}  // namespace tideline
