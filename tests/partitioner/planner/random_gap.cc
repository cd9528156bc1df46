#include "tests/partitioner/planner/random_gap.h"

#include "partitioner/planner/network.h"
#include "tests/partitioner/planner/random_program.h"
#include "tests/partitioner/planner/spread.h"

namespace tideline {

double RandomGap(int nodes, const GapOptions& options, std::mt19937& random) {
  const Program program = RandomProgram(nodes, 1 + static_cast<int>(random() % 6), random);
  const FrontierTable table(program);
  Network network = DescribeNetwork(program, table, {.values_per_cut = options.values_per_cut});
  Dag costs = network.shape;
  const double speed = Spread(0.1, 3, random);
  for (Dag::Node& node : costs.nodes) {
    node.edge_ns = static_cast<int64_t>(Spread(1e5, 1e7, random));
    node.cloud_ns = static_cast<int64_t>(speed * Spread(1e5, 1e7, random));
  }
  if (options.add_cheapest) {
    AddCheapestCuts(table, costs, network).value();
  }
  const double ns_per_element = Spread(1, 1e4, random);
  for (size_t i = 0; i < costs.values.size(); ++i) {
    const double factor = Uniform(1 - options.noise, 1 + options.noise, random);
    costs.values[i].transfer_ns = static_cast<int64_t>(
        factor * ns_per_element * static_cast<double>(network.values[i].elements));
  }
  return GapToAllCuts(network, costs).value();
}

}  // namespace tideline
