#include "edge/sink/order.h"

#include <algorithm>
#include <utility>

namespace tideline {

void Order::Expect(uint64_t seq) {
  const absl::MutexLock lock(&mutex_, absl::Condition(this, &Order::HasRoom));
  places_.push_back({.seq = seq, .record = std::nullopt});
}

std::vector<Record> Order::Take(Record record) {
  const absl::MutexLock lock(&mutex_);
  std::vector<Record> ready;
  const auto place = std::ranges::find(places_, record.seq, &Place::seq);
  if (place == places_.end()) {
    ready.push_back(std::move(record));
    return ready;
  }
  place->record = std::move(record);
  while (!places_.empty() && places_.front().record) {
    ready.push_back(*std::move(places_.front().record));
    places_.pop_front();
  }
  return ready;
}

std::vector<Record> Order::Rest() {
  const absl::MutexLock lock(&mutex_);
  std::vector<Record> ready;
  for (Place& place : places_) {
    if (place.record) {
      ready.push_back(*std::move(place.record));
    }
  }
  places_.clear();
  return ready;
}

}  // namespace tideline
