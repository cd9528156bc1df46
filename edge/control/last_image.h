#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "boost/asio/io_context.hpp"

#include "common/base/clock.h"
#include "common/base/worker_thread.h"
#include "common/web/router.h"
#include "edge/status/status_board.h"

namespace tideline {

inline constexpr absl::Duration kPicturePeriod = absl::Seconds(1);

// GET /api/v1/last-image: the picture that was answered last. A file goes out as it came. A frame
// of a video becomes a JPEG when somebody asks, at most once in kPicturePeriod; who asks in between
// has the one before. I/O thread only, but for encoding: from the first frame on that has a thread.
class LastImage {
 public:
  // All outlive it, and it outlives the router that it is added to.
  LastImage(boost::asio::io_context& io, const StatusBoard& board, const Clock& clock);

  void AddRoutes(Router& router);

 private:
  struct Made {
    uint64_t seq = 0;
    std::string jpeg;
    MonotonicTime asked;
  };
  void Handle(const Responder& responder);
  void Encode(const ShownImage& image);
  void OnEncoded(uint64_t seq, absl::StatusOr<std::string> jpeg);

  boost::asio::io_context& io_;
  const StatusBoard& board_;
  const Clock& clock_;
  std::optional<Made> made_;             // the latest frame's
  std::vector<Responder> waiting_;       // for the one that is being made
  MonotonicTime asked_;                  // for that one
  std::optional<WorkerThread> encoder_;  // last: ends first
};

}  // namespace tideline
