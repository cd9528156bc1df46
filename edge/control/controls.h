#pragma once

#include <functional>

#include "common/web/router.h"
#include "edge/control/monitor.h"
#include "edge/reloader.h"

namespace tideline {

// What may be changed while the edge runs. All of it outlives the router that has the controls.
struct Controllable {
  EdgeMonitor& monitor;
  Pipeline& pipeline;
  Reloader& reloader;
  // Takes no more requests from the source; what is open is answered.
  std::function<void()> drain;
  LinkShape* shape = nullptr;  // of the uplink; nullptr where it cannot be shaped
};

// POST /api/v1/control/…: pin, unpin, pause, resume, target, drain, shape. Each is logged with who
// asked for it and is among the status's decisions. Bodies are JSON objects; a key that is not
// known is an error.
void AddControls(Router& router, const Controllable& edge);

// GET /api/v1/status, /api/v1/events, /api/v1/graph, /api/v1/trace and /metrics.
void AddStatus(Router& router, EdgeMonitor& monitor);

}  // namespace tideline
