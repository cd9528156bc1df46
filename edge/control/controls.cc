#include "edge/control/controls.h"

#include <span>
#include <utility>

#include "common/base/hash.h"
#include "common/base/units.h"
#include "common/telemetry/log.h"
#include "edge/control/body.h"

namespace tideline {
namespace {

constexpr uint64_t kMaxBody = 4096;  // bytes
constexpr RouteOptions kOptions{.max_body = kMaxBody};

WebResponse Done() { return {.body = "{\"ok\":true}"}; }

// Logs what was done and shows it among the decisions.
void Note(EdgeMonitor& monitor, const WebRequest& request, const std::string& what) {
  Log(LogLevel::kInfo, "control",
      {{"what", what}, {"who", request.Who()}, {"address", request.peer}});
  monitor.board().OnControl(fmt::format("{}, by {} ({})", what, request.peer, request.Who()));
}

// Has the deployment changed and answers once that is in force.
void Override(const Controllable& edge, const WebRequestPtr& request, const Responder& respond,
              std::function<void(Overrides&)> change, std::string what) {
  edge.reloader.Override(std::move(change), [edge, request, respond,
                                             what = std::move(what)](const absl::Status& status) {
    if (status.ok()) {
      Note(edge.monitor, *request, what);
    }
    respond(status.ok() ? Done() : ErrorResponse(status));
  });
}

void Pin(const Controllable& edge, const WebRequestPtr& request, const Responder& respond) {
  const absl::StatusOr<Overrides::Pin> pin = ParsePin(request->body);
  if (!pin.ok()) {
    respond(ErrorResponse(pin.status()));
    return;
  }
  const std::string codec = pin->codec ? " with codec " + *pin->codec : "";
  Override(
      edge, request, respond, [pin = *pin](Overrides& overrides) { overrides.pin = pin; },
      fmt::format("cut {}{} is pinned", pin->cut, codec));
}

void Unpin(const Controllable& edge, const WebRequestPtr& request, const Responder& respond) {
  if (const absl::Status status = ParseNothing(request->body); !status.ok()) {
    respond(ErrorResponse(status));
    return;
  }
  Override(
      edge, request, respond, [](Overrides& overrides) { overrides.pin.reset(); },
      "the cut is not pinned any more");
}

void SetTarget(const Controllable& edge, const WebRequestPtr& request, const Responder& respond) {
  const absl::StatusOr<TargetChange> target = ParseTarget(request->body);
  if (!target.ok()) {
    respond(ErrorResponse(target.status()));
    return;
  }
  const auto change = [target = *target](Overrides& overrides) {
    overrides.deadline = target.deadline ? target.deadline : overrides.deadline;
    overrides.tail = target.tail ? target.tail : overrides.tail;
  };
  Override(edge, request, respond, change, ToString(*target));
}

WebResponse Pause(const Controllable& edge, const WebRequest& request, bool paused) {
  if (const absl::Status status = ParseNothing(request.body); !status.ok()) {
    return ErrorResponse(status);
  }
  edge.pipeline.adaptation().SetPaused(paused);
  Note(edge.monitor, request, paused ? "adaptation is paused" : "adaptation goes on");
  return Done();
}

WebResponse Drain(const Controllable& edge, const WebRequest& request) {
  if (const absl::Status status = ParseNothing(request.body); !status.ok()) {
    return ErrorResponse(status);
  }
  Note(edge.monitor, request, "this edge is drained");
  edge.monitor.SetDraining();
  edge.drain();
  return Done();
}

WebResponse SetShape(const Controllable& edge, const WebRequest& request) {
  if (edge.shape == nullptr) {
    return ErrorResponse(FailedPrecondition(
        "this edge's uplink cannot be shaped; write cloud.shape: adjustable in edge.yaml"));
  }
  const absl::StatusOr<std::optional<double>> rate = ParseShape(request.body);
  if (!rate.ok()) {
    return ErrorResponse(rate.status());
  }
  edge.shape->Set(rate->value_or(0));
  Note(edge.monitor, request,
       *rate ? fmt::format("the uplink is held down to {}", Format(BitRate{**rate}))
             : "the uplink is as fast as it is");
  return Done();
}

// Asked for again, it is sent only where it has changed.
WebResponse WithTag(const WebRequest& request, const std::string& body) {
  const std::string tag = "\"" + ToHex(Sha256(std::as_bytes(std::span(body)))).substr(0, 16) + "\"";
  WebResponse response{.headers = {{"ETag", tag}, {"Cache-Control", "no-cache"}}};
  if (request.Header("if-none-match") == tag) {
    response.status = 304;
  } else {
    response.body = body;
  }
  return response;
}

}  // namespace

void AddControls(Router& router, const Controllable& edge) {
  const std::string base = "/api/v1/control/";
  const auto later = [&](const std::string& name, auto function) {
    router.Add("POST", base + name, kOptions,
               [edge, function](const WebRequestPtr& request, const Responder& respond) {
                 function(edge, request, respond);
               });
  };
  later("pin", Pin);
  later("unpin", Unpin);
  later("target", SetTarget);
  const auto now = [&](const std::string& name, auto function) {
    router.Post(base + name, kOptions,
                [edge, function](const WebRequest& request) { return function(edge, request); });
  };
  now("pause", [](const auto& all, const auto& request) { return Pause(all, request, true); });
  now("resume", [](const auto& all, const auto& request) { return Pause(all, request, false); });
  now("drain", Drain);
  now("shape", SetShape);
}

void AddStatus(Router& router, EdgeMonitor& monitor) {
  router.Get("/api/v1/status", {},
             [&](const WebRequest&) { return WebResponse{.body = monitor.StatusText()}; });
  router.Stream("/api/v1/events", {},
                {.event = "status", .period = absl::Milliseconds(500), .make = [&] {
                   return monitor.StatusText();
                 }});
  router.Get("/api/v1/graph", {},
             [&](const WebRequest& request) { return WithTag(request, monitor.GraphText()); });
  router.Get("/api/v1/trace", {},
             [&](const WebRequest&) { return WebResponse{.body = monitor.TraceText()}; });
  router.Get("/metrics", {}, [&](const WebRequest&) {
    return WebResponse{.type = kMetricsType, .body = monitor.MetricsText()};
  });
}

}  // namespace tideline
