#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "boost/beast/core/buffers_range.hpp"
#include "boost/beast/http/error.hpp"
#include "boost/beast/http/message.hpp"
#include "boost/optional.hpp"

// How a body is read: into memory that is counted for all connections together.
namespace tideline {

// What bodies may take at once, in bytes. Thread-safe.
struct BodyBudget {
  explicit BodyBudget(uint64_t limit) : limit(limit) {}
  const uint64_t limit;
  std::atomic<uint64_t> held = 0;
};

// The part of it that one body has, given back at its end. Thread-compatible; may end on another
// thread than it grew on.
class BodyRoom {
 public:
  explicit BodyRoom(std::shared_ptr<BodyBudget> budget) : budget_(std::move(budget)) {}
  ~BodyRoom() { budget_->held -= bytes_; }
  BodyRoom(const BodyRoom&) = delete;
  BodyRoom& operator=(const BodyRoom&) = delete;

  // False where the budget is used up.
  bool Grow(uint64_t bytes) {
    if (budget_->held.fetch_add(bytes) + bytes > budget_->limit) {
      budget_->held -= bytes;
      return false;
    }
    bytes_ += bytes;
    return true;
  }

 private:
  const std::shared_ptr<BodyBudget> budget_;
  uint64_t bytes_ = 0;
};

// A body type of Beast. Error: not_enough_memory where the budget is used up.
struct CountedBody {
  struct value_type {  // NOLINT(readability-identifier-naming): as Beast calls it
    std::string bytes;
    std::shared_ptr<BodyRoom> room;
  };

  class reader {  // NOLINT(readability-identifier-naming): as Beast calls it
   public:
    template <bool IsRequest, typename Fields>
    reader(boost::beast::http::header<IsRequest, Fields>&, value_type& value) : value_(value) {}

    void init(const boost::optional<uint64_t>& length, boost::beast::error_code& error) {
      constexpr uint64_t kTrusted = uint64_t{1} << 20;  // memory for a length that was only told
      if (length && *length <= kTrusted) {
        value_.bytes.reserve(*length);
      }
      error = {};
    }

    template <typename Buffers>
    size_t put(const Buffers& buffers, boost::beast::error_code& error) {
      size_t taken = 0;
      for (const boost::asio::const_buffer buffer : boost::beast::buffers_range_ref(buffers)) {
        if (!value_.room->Grow(buffer.size())) {
          error = make_error_code(boost::system::errc::not_enough_memory);
          return taken;
        }
        value_.bytes.append(static_cast<const char*>(buffer.data()), buffer.size());
        taken += buffer.size();
      }
      error = {};
      return taken;
    }

    void finish(boost::beast::error_code& error) { error = {}; }

   private:
    value_type& value_;
  };
};

}  // namespace tideline
