#include "protocol/codec/lossless/zstd_pool.h"

#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace tideline {
namespace {

constexpr size_t kMostWaiting = 8;                   // contexts
constexpr size_t kLargestWaiting = size_t{1} << 20;  // bytes of one

struct Free {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

struct Pool {
  absl::Mutex mutex;
  std::vector<std::unique_ptr<ZSTD_DCtx, Free>> waiting ABSL_GUARDED_BY(mutex);
};

Pool& ThePool() {
  static Pool* const pool = new Pool;  // never destroyed: decoders may outlive static objects
  return *pool;
}

}  // namespace

void GiveBackZstd::operator()(ZSTD_DCtx* context) const {
  std::unique_ptr<ZSTD_DCtx, Free> owned(context);
  if (ZSTD_sizeof_DCtx(context) > kLargestWaiting) {
    return;
  }
  Pool& pool = ThePool();
  const absl::MutexLock lock(&pool.mutex);
  if (pool.waiting.size() < kMostWaiting) {
    pool.waiting.push_back(std::move(owned));
  }
}

PooledZstd TakeZstd(int max_window_log) {
  PooledZstd context;
  Pool& pool = ThePool();
  {
    const absl::MutexLock lock(&pool.mutex);
    if (!pool.waiting.empty()) {
      context.reset(pool.waiting.back().release());
      pool.waiting.pop_back();
    }
  }
  if (context == nullptr) {
    context.reset(ZSTD_createDCtx());
  }
  if (context != nullptr) {
    ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, max_window_log);
  }
  return context;
}

}  // namespace tideline
