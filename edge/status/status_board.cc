#include "edge/status/status_board.h"

#include <algorithm>
#include <utility>

#include "common/base/strings.h"
#include "common/telemetry/figures.h"

namespace tideline {
namespace {

constexpr size_t kShownBefore = 4;

std::array<absl::Duration, 7> TimesOf(const Latency& latency) {
  return {latency.total, latency.head,   latency.encode, latency.link,
          latency.queue, latency.decode, latency.tail};
}

template <typename T>
std::vector<T> ToVector(const Recent<T>& recent) {
  return {recent.items().begin(), recent.items().end()};
}

std::string TextOf(const absl::Status& status) {
  return Shortened(std::string(ToStd(status.message())), kShownText);
}

}  // namespace

StatusBoard::StatusBoard(const Clock& clock, bool images)
    : clock_(clock), images_(images), started_(clock.Now()), times_(started_) {}

void StatusBoard::OnResult(const Result& result) {
  RequestRow row{.time = result.time,
                 .seq = result.seq,
                 .id = Shortened(result.id, kShownText),
                 .path = result.path,
                 .cut = result.cut,
                 .codec = result.codec,
                 .cloud = result.cloud,
                 .label = result.label,
                 .score = result.score,
                 .bytes_up = result.bytes_up,
                 .latency = result.latency,
                 .deadline_met = result.deadline_met};
  const MonotonicTime now = clock_.Now();
  const absl::MutexLock lock(&mutex_);
  if (result.error.ok()) {
    ++sums_.paths.at(static_cast<size_t>(result.path));
    times_.Add(now, TimesOf(result.latency));
    AddTimes(result);
  } else {
    row.error = TextOf(result.error);
    AddError(result.time, row.id + ": " + row.error);
  }
  sums_.bytes_up += result.bytes_up;
  sums_.bytes_raw += result.raw_bytes;
  sums_.bytes_files += result.file.size();
  tensors_ += result.file.size() == 0 ? 1 : 0;
  if (images_ && result.file.size() > 0 && result.file.size() <= kMostImageBytes) {
    sums_.image = ShownImage{result.seq, result.label, result.score, result.file, {}};
  } else if (images_ && result.pixels.defined() && result.pixels.nbytes() <= kMostFrameBytes) {
    sums_.image = ShownImage{result.seq, result.label, result.score, {}, result.pixels};
  }
  requests_.Add(std::move(row));
}

void StatusBoard::AddTimes(const Result& result) {
  const Latency& latency = result.latency;
  const bool here = result.path == Path::kEdge || result.path == Path::kFallback;
  sums_.computed += latency.head + latency.encode;
  (here ? sums_.computed : sums_.waited) += latency.tail;
  sums_.waited += latency.link + latency.queue + latency.decode;
}

bool StatusBoard::IsNew(const std::string& cut, const std::string& codec) const {
  const absl::MutexLock lock(&mutex_);
  return !cut_ || cut_->cut != cut || cut_->codec != codec;
}

bool StatusBoard::OnCut(CutRow row) {
  row.time = clock_.WallNow();
  row.reason = Shortened(row.reason, kShownText);
  const MonotonicTime now = clock_.Now();
  const absl::MutexLock lock(&mutex_);
  if (cut_ && cut_->cut == row.cut && cut_->codec == row.codec) {
    return false;
  }
  if (!cut_ || cut_->cut != row.cut) {
    if (cut_) {
      std::erase(sums_.before, cut_->cut);
      sums_.before.push_back(cut_->cut);
    }
    std::erase(sums_.before, row.cut);
    if (sums_.before.size() > kShownBefore) {
      sums_.before.erase(sums_.before.begin());
    }
    cut_begun_ = now;
  }
  cut_ = row;
  cuts_.Add(std::move(row));
  return true;
}

void StatusBoard::OnControl(const std::string& reason) {
  const absl::MutexLock lock(&mutex_);
  CutRow row{.time = clock_.WallNow(), .reason = Shortened(reason, kShownText)};
  if (cut_) {
    row.cut = cut_->cut;
    row.codec = cut_->codec;
  }
  cuts_.Add(std::move(row));
}

void StatusBoard::OnError(const std::string& text) {
  const absl::MutexLock lock(&mutex_);
  AddError(clock_.WallNow(), text);
}

void StatusBoard::AddError(absl::Time time, const std::string& text) {
  ++sums_.errors_total;
  errors_.Add({time, Shortened(text, kShownText)});
}

BoardState StatusBoard::State() const {
  const MonotonicTime now = clock_.Now();
  const absl::MutexLock lock(&mutex_);
  BoardState state = sums_;
  state.time = clock_.WallNow();
  state.uptime = now - started_;
  state.cut = cut_;
  state.cut_since = now - cut_begun_;
  state.requests = ToVector(requests_);
  state.cuts = ToVector(cuts_);
  state.errors = ToVector(errors_);
  state.times = times_.Summary(now);
  state.per_second = times_.PerSecond(now);
  state.all_files = tensors_ == 0 && sums_.bytes_files > 0;
  return state;
}

std::optional<ShownImage> StatusBoard::Image() const {
  const absl::MutexLock lock(&mutex_);
  return sums_.image;
}

}  // namespace tideline
