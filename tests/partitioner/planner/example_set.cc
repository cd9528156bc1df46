#include "tests/partitioner/planner/example_set.h"

namespace tideline {

CandidateInputs Example::Inputs() const {
  return {network, edge, cloud, calibration, edge.model, 150'000, 4000};
}

Example MakeExample() {
  Example example;
  example.network.groups = 4;
  example.network.cuts = {
      {.name = "input", .elements = 150'528},
      {.name = "a", .elements = 100'000, .depth = 1, .prefix = 1},
      {.name = "b", .elements = 20'000, .depth = 2, .prefix = 2},
      {.name = "c", .elements = 5'000, .depth = 3, .prefix = 3},
      {.name = "edge", .elements = 1000, .depth = NetworkCut::kNoInside, .prefix = 4}};
  example.edge.device = "board";
  example.edge.model = {"example", "aa", 1, "ff"};
  example.edge.power = {"declared", 5.0, 1.0, 0.5};
  EngineProfile engine{.engine = "aten", .precision = "f32", .memory_bytes = 100 << 20};
  engine.whole_ns = {40e6, 38e6, 43e6};
  engine.groups_ns = {10e6, 10e6, 10e6, 10e6};
  example.edge.engines = {engine};
  example.cloud = example.edge;
  example.cloud.device = "server";
  example.cloud.engines[0].whole_ns = {4e6, 4e6, 4e6};
  for (const char* cut : {"a", "b", "c"}) {
    const double elements = cut[0] == 'a' ? 100'000 : cut[0] == 'b' ? 20'000 : 5'000;
    example.calibration.records.push_back(
        {.cut = cut, .codec = "fp32", .bytes_mean = 3.5 * elements, .bytes_p95 = 4 * elements});
    example.calibration.records.push_back({.cut = cut,
                                           .codec = "int8",
                                           .bytes_mean = 0.4 * elements,
                                           .bytes_p95 = 0.5 * elements,
                                           .encode_ns = 1e5,
                                           .decode_ns = 1e5,
                                           .accuracy_drop = 0.004,
                                           .leakage_ssim = 0.3});
  }
  example.calibration.records.push_back({.cut = "input",
                                         .codec = "jpeg:85",
                                         .bytes_mean = 20'000,
                                         .bytes_p95 = 30'000,
                                         .encode_ns = 2e6,
                                         .decode_ns = 1e6,
                                         .accuracy_drop = 0.002});
  return example;
}

}  // namespace tideline
