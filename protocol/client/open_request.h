#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "common/base/clock.h"
#include "protocol/client/session.h"
#include "protocol/messages.h"

namespace tideline {

// A request of a session that has no answer yet.
struct OpenRequest {
  ReplyCallback done;
  MonotonicTime begun;
  MonotonicTime given;                 // when its last bytes were there to send
  uint64_t announced = 0;              // encoded bytes, all tensors
  uint64_t bytes = 0;                  // of them that there are so far
  std::vector<uint64_t> room;          // bytes that each tensor may still get
  std::optional<uint64_t> bytes_sent;  // once it was cut short
  std::unique_ptr<boost::asio::steady_timer> budget;
  MonotonicTime arrive_by;
  std::unique_ptr<boost::asio::steady_timer> cut_short;
  std::optional<wire::Result> result;  // once its header has come
};

}  // namespace tideline
