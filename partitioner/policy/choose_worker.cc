#include "partitioner/policy/choose_worker.h"

#include <algorithm>
#include <vector>

namespace tideline {
namespace {

// What differs by less is alike: reports are old, and all of them would go to one.
constexpr absl::Duration kAlike = absl::Milliseconds(1);
constexpr double kAlikeShare = 0.1;

}  // namespace

std::optional<size_t> ChooseWorker(std::span<const WorkerState> workers, uint64_t chance) {
  std::vector<size_t> closed;
  for (size_t i = 0; i < workers.size(); ++i) {
    if (!workers[i].open) {
      closed.push_back(i);
    }
  }
  if (closed.empty()) {
    return std::nullopt;
  }
  if (closed.size() == 1) {
    return closed[0];
  }
  constexpr uint64_t kHalf = uint64_t{1} << 32;
  const size_t first = chance % kHalf % closed.size();
  const size_t step = 1 + chance / kHalf % (closed.size() - 1);
  const size_t a = closed[first];
  const size_t b = closed[(first + step) % closed.size()];
  const auto wait = [&](size_t i) { return workers[i].queue + workers[i].round_trip; };
  return wait(b) < wait(a) - std::max(kAlike, kAlikeShare * wait(a)) ? b : a;
}

}  // namespace tideline
