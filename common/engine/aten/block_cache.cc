#include "common/engine/aten/block_cache.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <vector>

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

namespace tideline::aten {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kSmallest = 1024;  // of the first class
constexpr size_t kStepsPerDoubling = 8;
constexpr size_t kClasses = 30 * kStepsPerDoubling;  // up to 1 TiB
// A block may serve a request down to a quarter of its size, so that what waits stays near the most
// that is ever in use at once.
constexpr size_t kLargerClasses = 2 * kStepsPerDoubling;
constexpr size_t kMaxWaiting = size_t{1} << 30;

// Blocks of one class have one size: 1024 · (1 + step/8) · 2^doubling.
size_t SizeOf(size_t size_class) {
  const size_t doubling = size_class / kStepsPerDoubling;
  const size_t step = size_class % kStepsPerDoubling;
  return (kSmallest + kSmallest / kStepsPerDoubling * step) << doubling;
}

// The first class whose blocks hold `bytes`; kClasses where there is none.
size_t ClassOf(size_t bytes) {
  if (bytes <= kSmallest) {
    return 0;
  }
  const size_t doubling = std::bit_width((bytes - 1) / kSmallest) - 1;
  const size_t base = kSmallest << doubling;
  const size_t step = ((bytes - base) * kStepsPerDoubling + base - 1) / base;
  return std::min(doubling * kStepsPerDoubling + step, kClasses);
}

// In front of every block, so that a pointer is enough to give it back.
struct alignas(kAlignment) Header {
  size_t size_class;
};

class BlockCache final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    const c10::Device cpu(c10::DeviceType::CPU);
    if (bytes == 0) {
      return {nullptr, nullptr, &Release, cpu};
    }
    void* data = Take(bytes);
    return {data, data, &Release, cpu};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &Release; }

  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    std::memcpy(to, from, bytes);
  }

  // Lives until the process ends: tensors may be freed after everything else.
  static BlockCache& Instance() {
    static auto& cache = *new BlockCache();
    return cache;
  }

 private:
  void* Take(size_t bytes) {
    const size_t size_class = ClassOf(bytes);
    if (Header* header = TakeWaiting(size_class)) {
      return header + 1;
    }
    const size_t size = size_class < kClasses ? SizeOf(size_class) : bytes;
    void* memory = nullptr;
    if (size > SIZE_MAX - sizeof(Header) ||
        ::posix_memalign(&memory, kAlignment, sizeof(Header) + size) != 0) {
      throw std::bad_alloc();
    }
    return new (memory) Header{size_class} + 1;
  }

  // A waiting block of the class, or of a larger one; nullptr where there is none.
  Header* TakeWaiting(size_t size_class) {
    const size_t last = std::min(size_class + kLargerClasses, kClasses - 1);
    const std::lock_guard lock(mutex_);
    for (size_t i = size_class; i <= last; ++i) {
      if (!waiting_[i].empty()) {
        Header* header = waiting_[i].back();
        waiting_[i].pop_back();
        waiting_bytes_ -= SizeOf(i);
        return header;
      }
    }
    return nullptr;
  }

  static void Release(void* data) {
    if (data != nullptr) {
      Instance().GiveBack(static_cast<Header*>(data) - 1);
    }
  }

  void GiveBack(Header* header) {
    const size_t size_class = header->size_class;
    if (size_class < kClasses) {
      const std::lock_guard lock(mutex_);
      if (SizeOf(size_class) <= kMaxWaiting - waiting_bytes_) {
        waiting_[size_class].push_back(header);
        waiting_bytes_ += SizeOf(size_class);
        return;
      }
    }
    std::free(header);
  }

  std::mutex mutex_;
  std::array<std::vector<Header*>, kClasses>
      waiting_;  // most recent last: still in the CPU's cache
  size_t waiting_bytes_ = 0;
};

}  // namespace

void InstallBlockCache() { c10::SetCPUAllocator(&BlockCache::Instance(), /*priority=*/100); }

}  // namespace tideline::aten
