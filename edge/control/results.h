#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/steady_timer.hpp"

#include "common/base/clock.h"
#include "common/web/router.h"
#include "edge/sink/result_store.h"

namespace tideline {

inline constexpr size_t kMostResultWaiters = 64;             // who asks beyond them: 503
inline constexpr int kMostResults = 1000;                    // of one answer
inline constexpr size_t kMostResultBytes = size_t{1} << 20;  // of it, but one result always
inline constexpr absl::Duration kLongestResultWait = absl::Minutes(1);

// GET /api/v1/results: the results of a store that come after a place in it, which every answer
// gives for the next question. Who asks with `wait` and has them all is answered when there is
// one more, or with none when the time is over. I/O thread only.
class ResultPolls {
 public:
  // Both outlive it, and it outlives the router that it is added to.
  ResultPolls(boost::asio::io_context& io, ResultStore& store);
  ~ResultPolls();
  ResultPolls(const ResultPolls&) = delete;
  ResultPolls& operator=(const ResultPolls&) = delete;

  void AddRoutes(Router& router);

  // Whoever waits is answered with what there is; nobody waits from here on.
  void End();

 private:
  struct Question {
    std::optional<uint64_t> after;  // nullopt: the newest
    bool restarted = false;         // it has a place in another store
    size_t limit = 0;
    absl::Duration wait;
  };
  struct Waiter {
    Question question;
    MonotonicTime end;
    Responder responder;
  };
  absl::StatusOr<Question> Parse(const std::string& query) const;
  void Handle(const WebRequestPtr& request, const Responder& responder);
  WebResponse Answer(const Question& question) const;
  bool HasNews(const Question& question) const;
  void AnswerWaiters(const std::function<bool(const Waiter&)>& due);
  void OnNews();
  void SetTimer();

  ResultStore& store_;
  const SystemClock clock_;
  std::vector<Waiter> waiters_;
  boost::asio::steady_timer timer_;  // for the first of them whose time is over
  bool ended_ = false;
  std::shared_ptr<ResultPolls*> self_;  // for what is posted from other threads
};

}  // namespace tideline
