#include "common/web/router.h"

#include <algorithm>
#include <utility>

namespace tideline {
namespace {

bool IsParameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::vector<std::string> Split(std::string_view pattern) {
  std::vector<std::string> segments;
  for (size_t begin = 1; begin <= pattern.size();) {
    const size_t slash = std::min(pattern.find('/', begin), pattern.size());
    segments.emplace_back(pattern.substr(begin, slash - begin));
    begin = slash + 1;
  }
  return segments;
}

bool Matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  return std::ranges::equal(pattern, path, [](const std::string& want, const std::string& have) {
    return IsParameter(want) ? !have.empty() : want == have;
  });
}

Route::Handler Immediate(Router::Function function) {
  return
      [function = std::move(function)](const WebRequestPtr& request, const Responder& responder) {
        responder(function(*request));
      };
}

}  // namespace

void Router::Add(std::string method, std::string_view pattern, RouteOptions options,
                 Route::Handler handler) {
  routes_.push_back({.method = std::move(method),
                     .pattern = Split(pattern),
                     .options = options,
                     .handler = std::move(handler)});
}

void Router::Get(std::string_view pattern, RouteOptions options, Function function) {
  Add("GET", pattern, options, Immediate(std::move(function)));
}

void Router::Post(std::string_view pattern, RouteOptions options, Function function) {
  Add("POST", pattern, options, Immediate(std::move(function)));
}

void Router::Stream(std::string_view pattern, RouteOptions options, EventSource events) {
  routes_.push_back({.method = "GET",
                     .pattern = Split(pattern),
                     .options = options,
                     .events = std::move(events)});
}

Router::Match Router::Find(std::string_view method, const WebTarget& target) const {
  Match match;
  for (const Route& route : routes_) {
    if (!Matches(route.pattern, target.segments)) {
      continue;
    }
    if (route.method == method) {
      match.route = &route;
      for (size_t i = 0; i < route.pattern.size(); ++i) {
        const std::string& name = route.pattern[i];
        if (IsParameter(name)) {
          match.parameters.emplace(name.substr(1, name.size() - 2), target.segments[i]);
        }
      }
      return match;
    }
    match.allow += (match.allow.empty() ? "" : ", ") + route.method;
    match.allow += route.method == "GET" ? ", HEAD" : "";
  }
  return match;
}

}  // namespace tideline
