#pragma once

#include <string>

#include "common/base/status.h"
#include "partitioner/planner/dag.h"

namespace tideline {

// A graph in the format of msr-fiddle/dnn-partitioning (JSON: nodes with id, cpuLatency and
// fpgaLatency in milliseconds, edges with sourceId, destId and cost). A node on the edge takes
// cpuLatency, in the cloud fpgaLatency; its output takes `scale` times the largest cost of its
// edges to send; the input, read by the nodes without a producer, `scale` times the largest of all.
// Trusted input: a test's data. Errors: those of reading; DataLoss for what is not such JSON.
absl::StatusOr<Dag> ReadDagFile(const std::string& path, double scale);

// A chain of blocks with up to four branches, as networks have them, with costs like those of the
// public graphs.
Dag GenerateDag(int nodes, unsigned seed);

}  // namespace tideline
