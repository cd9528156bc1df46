#include "cloud/places.h"

namespace tideline {

std::shared_ptr<Places> Places::Make(size_t max_requests, uint64_t max_bytes) {
  return std::shared_ptr<Places>(new Places(max_requests, max_bytes));
}

absl::StatusOr<std::shared_ptr<Places::Place>> Places::Take(uint64_t bytes) {
  const size_t before = requests_.fetch_add(1);
  auto place = std::make_shared<Place>(shared_from_this());
  if (before >= max_requests_) {
    return ResourceExhausted("{} requests over HTTP are open, which is all that may be", before);
  }
  RETURN_IF_ERROR(place->Resize(bytes));
  return place;
}

Places::Place::~Place() {
  places_->bytes_ -= bytes_;
  --places_->requests_;
}

absl::Status Places::Place::Resize(uint64_t bytes) {
  // What others take meanwhile may refuse one that would fit, never let in one that does not.
  const uint64_t before = places_->bytes_.fetch_add(bytes);
  if (bytes > places_->max_bytes_ || before - bytes_ > places_->max_bytes_ - bytes) {
    places_->bytes_ -= bytes;
    return ResourceExhausted(
        "requests over HTTP hold {} bytes, {} more are over limits.max_inflight, which is {}",
        before - bytes_, bytes, places_->max_bytes_);
  }
  places_->bytes_ -= bytes_;
  bytes_ = bytes;
  return absl::OkStatus();
}

}  // namespace tideline
