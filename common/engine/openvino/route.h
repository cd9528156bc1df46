#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/engine/engine.h"

// Where a network is divided into pieces that are compiled once and serve many cuts. Pure.
namespace tideline::openvino {

// At most `count` single-value frontiers that divide the computation about evenly; near each even
// share the one whose tensor is smallest, as every border costs a change of layout, and none that
// is larger than the network's input, where a cut pays least and a border costs most. Topological
// order.
std::vector<Frontier> ChooseStops(const Program& program, const FrontierTable& frontiers,
                                  size_t count);

// The frontiers called so, in topological order. Errors: NotFound; InvalidArgument for one of
// several values.
absl::StatusOr<std::vector<Frontier>> FindStops(const FrontierTable& frontiers,
                                                std::span<const std::string> names);

// `stops`, and the frontiers that enclose `nodes` as closely as single values allow: no stretch
// from one to the next has both such nodes and others that could be apart from them. Topological
// order.
std::vector<Frontier> Enclose(const Program& program, const FrontierTable& frontiers,
                              std::span<const Frontier> stops, const std::set<NodeId>& nodes);

}  // namespace tideline::openvino
