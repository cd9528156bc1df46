#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "common/web/message.h"
#include "common/web/responder.h"
#include "common/web/target.h"

namespace tideline {

// Who may ask where the server has a token.
enum class Access {
  kToken,   // who has it
  kOpen,    // everybody: what tells nothing, such as the page before it has its token
  kHealth,  // everybody, and answered when all connections are taken
};

struct RouteOptions {
  Access access = Access::kToken;
  uint64_t max_body = 0;    // bytes, and never more than the server's; 0: no body is read
  bool needs_body = false;  // 411 where its length isn't told
};

// States that are sent to whoever listens, as server-sent events.
struct EventSource {
  std::string event;  // the events' name
  absl::Duration period = absl::Seconds(1);
  std::function<std::string()> make;  // the data, one line. I/O thread; short
};

struct Route {
  // I/O thread; must not block. Heavy work goes elsewhere and takes the responder with it.
  using Handler = std::function<void(WebRequestPtr, Responder)>;

  std::string method;
  std::vector<std::string> pattern;  // segments; "{name}" takes any that isn't empty
  RouteOptions options;
  Handler handler;     // empty where `events` is set
  EventSource events;  // its `make` is empty where `handler` is set
};

// Which handler a method and a path have. A pattern is "/v2/models/{m}/ready"; where several match,
// the one that was added first is taken. Thread-compatible.
class Router {
 public:
  // A handler that has its answer at once. I/O thread; must not block.
  using Function = std::function<WebResponse(const WebRequest&)>;

  void Add(std::string method, std::string_view pattern, RouteOptions options,
           Route::Handler handler);
  // GET, and with it HEAD.
  void Get(std::string_view pattern, RouteOptions options, Function function);
  void Post(std::string_view pattern, RouteOptions options, Function function);
  void Stream(std::string_view pattern, RouteOptions options, EventSource events);

  struct Match {
    const Route* route = nullptr;  // nullptr: no such path, or not with this method
    std::map<std::string, std::string, std::less<>> parameters;
    std::string allow;  // the methods that the path has, "" where there is no such path
  };
  // `method` is GET for HEAD.
  Match Find(std::string_view method, const WebTarget& target) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace tideline
