#include "edge/control/results.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "boost/asio/post.hpp"

#include "common/config/value.h"
#include "common/web/query.h"

namespace tideline {
namespace {

constexpr int kUsualLimit = 100;

struct Place {
  std::string_view store;  // "" = whichever it is
  uint64_t number = 0;
};

// "STORE-NUMBER", as answers have it, or "0".
absl::StatusOr<Place> ParsePlace(std::string_view text) {
  if (text == "0") {
    return Place{};
  }
  const size_t dash = std::min(text.find('-'), text.size());
  Place place{.store = text.substr(0, dash)};
  const char* const begin = text.data() + std::min(dash + 1, text.size());
  const char* const end = text.data() + text.size();
  const auto [read, error] = std::from_chars(begin, end, place.number);
  if (dash == 0 || error != std::errc() || read != end) {
    return InvalidArgument("'after' is 0, or what an answer had as 'next'");
  }
  return place;
}

template <typename T>
absl::Status ParseParameter(const WebQuery& query, std::string_view name, T& value) {
  const auto found = query.find(name);
  return found == query.end()
             ? absl::OkStatus()
             : Annotate(ParseValue(found->second, value), fmt::format("'{}'", name));
}

}  // namespace

ResultPolls::ResultPolls(boost::asio::io_context& io, ResultStore& store)
    : store_(store), timer_(io), self_(std::make_shared<ResultPolls*>(this)) {
  // However many results come until the loop looks, it looks once.
  store.SetListener(
      [&io, weak = std::weak_ptr(self_), posted = std::make_shared<std::atomic<bool>>(false)] {
        if (posted->exchange(true)) {
          return;
        }
        boost::asio::post(io, [weak, posted] {
          *posted = false;
          if (const auto self = weak.lock()) {
            (*self)->OnNews();
          }
        });
      });
}

ResultPolls::~ResultPolls() { store_.SetListener(nullptr); }

void ResultPolls::AddRoutes(Router& router) {
  router.Add("GET", "/api/v1/results", {},
             [this](const WebRequestPtr& request, const Responder& responder) {
               Handle(request, responder);
             });
}

absl::StatusOr<ResultPolls::Question> ResultPolls::Parse(const std::string& query) const {
  ASSIGN_OR_RETURN(const WebQuery parsed, ParseQuery(query, {"after", "limit", "wait"}));
  Question question;
  int limit = kUsualLimit;
  RETURN_IF_ERROR(ParseParameter(parsed, "limit", limit));
  if (limit < 1 || limit > kMostResults) {
    return InvalidArgument("'limit' is {}; it is 1 to {}", limit, kMostResults);
  }
  question.limit = static_cast<size_t>(limit);
  RETURN_IF_ERROR(ParseParameter(parsed, "wait", question.wait));
  if (question.wait < absl::ZeroDuration() || question.wait > kLongestResultWait) {
    return InvalidArgument("'wait' is {}; it is 0s to {}", FormatValue(question.wait),
                           FormatValue(kLongestResultWait));
  }
  if (const auto after = parsed.find("after"); after != parsed.end()) {
    ASSIGN_OR_RETURN(const Place place, ParsePlace(after->second));
    question.restarted = !place.store.empty() && place.store != store_.id();
    question.after = question.restarted ? 0 : place.number;
  }
  return question;
}

void ResultPolls::Handle(const WebRequestPtr& request, const Responder& responder) {
  const absl::StatusOr<Question> question = Parse(request->query);
  if (!question.ok()) {
    responder(ErrorResponse(question.status()));
    return;
  }
  if (ended_ || question->wait == absl::ZeroDuration() || HasNews(*question)) {
    responder(Answer(*question));
    return;
  }
  if (waiters_.size() >= kMostResultWaiters) {
    responder(ErrorResponse(
        ResourceExhausted("{} clients wait for results, which are all that may", waiters_.size())));
    return;
  }
  waiters_.push_back({*question, clock_.Now() + question->wait, responder});
  SetTimer();
}

bool ResultPolls::HasNews(const Question& question) const {
  return question.restarted || store_.last() > question.after.value_or(0);
}

WebResponse ResultPolls::Answer(const Question& question) const {
  const uint64_t last = store_.last();
  const uint64_t after = question.after.value_or(last - std::min<uint64_t>(last, question.limit));
  const StoredResults results = store_.After(after, question.limit, kMostResultBytes);
  std::string dropped = "null";
  if (!question.restarted) {
    dropped = fmt::format("{}", question.after ? results.dropped : 0);
  }
  return {.body = fmt::format(R"({{"next":"{}-{}","dropped":{},"more":{},"results":[{}]}})",
                              store_.id(), results.next, dropped, results.more, results.lines)};
}

// Answers those of whom `due` says so.
void ResultPolls::AnswerWaiters(const std::function<bool(const Waiter&)>& due) {
  std::vector<Waiter> taken;
  std::erase_if(waiters_, [&](Waiter& waiter) {
    if (!due(waiter)) {
      return false;
    }
    taken.push_back(std::move(waiter));
    return true;
  });
  for (const Waiter& waiter : taken) {
    waiter.responder(Answer(waiter.question));
  }
  SetTimer();
}

void ResultPolls::OnNews() {
  AnswerWaiters([this](const Waiter& waiter) { return HasNews(waiter.question); });
}

void ResultPolls::SetTimer() {
  if (waiters_.empty()) {
    timer_.cancel();
    return;
  }
  const auto first = std::ranges::min_element(waiters_, {}, &Waiter::end);
  timer_.expires_after(absl::ToChronoNanoseconds(first->end - clock_.Now()));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      AnswerWaiters([now = clock_.Now()](const Waiter& waiter) { return waiter.end <= now; });
    }
  });
}

void ResultPolls::End() {
  ended_ = true;
  AnswerWaiters([](const Waiter&) { return true; });
}

}  // namespace tideline
