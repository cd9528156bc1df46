#include "tests/partitioner/planner/oracle_case.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "common/base/checked.h"
#include "protocol/codec/codec.h"
#include "tests/partitioner/planner/random_program.h"
#include "tests/partitioner/planner/spread.h"

namespace tideline {
namespace {

constexpr double kWatts[] = {5, 9};  // by engine of the edge

EngineProfile RandomEngine(const char* precision, int groups, double scale, std::mt19937& random) {
  EngineProfile engine{.engine = "aten", .precision = precision};
  double whole = 0;
  for (int i = 0; i < groups; ++i) {
    engine.groups_ns.push_back(scale * Spread(1e5, 1e7, random));
    whole += engine.groups_ns.back();
  }
  engine.whole_ns = Estimate::Exactly(whole);
  engine.memory_bytes = static_cast<int64_t>(Spread(1e6, 1e9, random));
  engine.accuracy_drop = Uniform(0, 0.01, random);
  return engine;
}

// What a program looks like as bits.
class Heads {
 public:
  explicit Heads(const Program& program) : program_(program) {}

  int nodes() const { return static_cast<int>(program_.nodes.size()); }
  uint32_t everything() const { return (1U << nodes()) - 1; }

  bool IsClosed(uint32_t head) const {
    for (int node = 0; node < nodes(); ++node) {
      for (const ValueId id : Program::Reads(program_.nodes[node])) {
        if ((head >> node & 1U) != 0 && id > 0 && (head >> (id - 1) & 1U) == 0) {
          return false;
        }
      }
    }
    return true;
  }

  // The nodes whose values cross.
  std::vector<int> Crossing(uint32_t head) const {
    std::vector<int> crossing;
    for (int node = 0; node < nodes(); ++node) {
      const auto& users = program_.values[node + 1].users;
      const bool outside =
          std::ranges::any_of(users, [head](NodeId user) { return (head >> user & 1U) == 0; });
      if ((head >> node & 1U) != 0 && outside) {
        crossing.push_back(node);
      }
    }
    return crossing;
  }

  std::string Name(uint32_t head) const {
    if (head == 0 || head == everything()) {
      return head == 0 ? "input" : "edge";
    }
    std::string name;
    for (const int node : Crossing(head)) {
      name += (name.empty() ? "n" : "+n") + std::to_string(node);
    }
    return name;
  }

  // The largest of the stretches in which a codec sends what crosses, as a share of all.
  double Stretch(uint32_t head, const std::string& codec) const {
    std::vector<int> values = Crossing(head);
    std::ranges::for_each(values, [](int& value) { ++value; });
    if (head == 0) {
      values = {0};
    }
    double most = 0;
    double all = 0;
    uint64_t stretches = 0;
    for (const int value : values) {
      const Shape shape = program_.values[value].ShapeAt(1);
      const auto elements = static_cast<double>(*CheckedNumel(shape));
      const uint64_t count = StretchCount(*ParseCodecSpec(codec), shape);
      most = std::max(most, elements / static_cast<double>(count));
      all += elements;
      stretches += count;
    }
    return stretches > values.size() ? most / all : 1;
  }

  // Nodes on the shortest way from the input to any value that crosses.
  int Depth(uint32_t head) const {
    std::vector<int> depth(nodes());
    for (int node = 0; node < nodes(); ++node) {
      depth[node] = std::numeric_limits<int>::max();
      for (const ValueId id : Program::Reads(program_.nodes[node])) {
        depth[node] = std::min(depth[node], id == 0 ? 1 : depth[id - 1] + 1);
      }
    }
    int least = head == 0 ? 0 : std::numeric_limits<int>::max();
    for (const int node : Crossing(head)) {
      least = std::min(least, depth[node]);
    }
    return least;
  }

 private:
  const Program& program_;
};

double SumOver(const std::vector<double>& ns, uint32_t head, bool inside) {
  double sum = 0;
  for (size_t i = 0; i < ns.size(); ++i) {
    sum += ((head >> i & 1U) != 0) == inside ? ns[i] : 0;
  }
  return sum;
}

// Everything random that a case is made of.
struct Material {
  Profile edge;
  Profile cloud;
  Calibration calibration;
  double result_bytes = 0;
};

Material RandomMaterial(int groups, std::mt19937& random) {
  Material material;
  material.edge.power = {"declared", 4.0, Uniform(0, 3, random), Uniform(0, 2, random)};
  for (const char* precision : {"f32", "bf16"}) {
    material.edge.engines.push_back(RandomEngine(precision, groups, 1, random));
    material.edge.engines.back().watts = kWatts[material.edge.engines.size() - 1];
  }
  material.cloud.engines.push_back(RandomEngine("f32", groups, Spread(0.05, 2, random), random));
  material.result_bytes = std::floor(Spread(10, 1e5, random));
  return material;
}

CodecRecord RandomRecord(const std::string& cut, const char* codec, std::mt19937& random) {
  CodecRecord record{.cut = cut, .codec = codec};
  record.bytes_mean = Spread(100, 1e6, random);
  record.bytes_p95 = record.bytes_mean * Uniform(1, 2, random);
  record.encode_ns = Spread(1e3, 1e8, random);
  record.decode_ns = Spread(1e3, 1e8, random);
  record.accuracy_drop = random() % 2 == 0 ? 0 : Uniform(0, 0.05, random);
  record.leakage_ssim = Uniform(0, 1, random);
  return record;
}

// The definition's costs of one head with one codec and one engine of the edge.
OracleOption MakeOption(const Heads& heads, uint32_t head, size_t engine, const CodecRecord* record,
                        const Material& material) {
  const EngineProfile& edge = material.edge.engines[engine];
  const EngineProfile& cloud = material.cloud.engines[0];
  OracleOption option{.depth = heads.Depth(head)};
  double watts = *material.edge.power.compute_watts;
  option.sends_input = head == 0;
  if (head != 0) {
    option.head_ns = SumOver(edge.groups_ns, head, true);
    option.memory = static_cast<double>(edge.memory_bytes);
    option.drop = edge.accuracy_drop;
    option.needs = EngineMask{1} << engine;
    watts = kWatts[engine];
  }
  if (record != nullptr) {
    option.uses_cloud = true;
    option.encode_ns = record->encode_ns;
    option.decode_ns = record->decode_ns;
    option.tail_ns = SumOver(cloud.groups_ns, head, false);
    option.stretch = heads.Stretch(head, record->codec);
    option.bytes = record->bytes_mean;
    option.bytes_p95 = record->bytes_p95;
    option.result_bytes = material.result_bytes;
    option.drop += record->accuracy_drop + cloud.accuracy_drop;
    option.leakage = head == 0 ? 1 : *record->leakage_ssim;
    option.needs |= EngineMask{1} << 32;
  }
  option.joules = watts * option.edge_ns() * 1e-9;
  return option;
}

Link RandomLink(std::mt19937& random) {
  const auto quantiles = [&](double low, double high) {
    const double median = Spread(low, high, random);
    return *Quantiles::Make({{0.05, median * Uniform(0.01, 1, random)},
                             {0.5, median},
                             {0.95, median * Uniform(1, 4, random)}});
  };
  Link link{.name = "random", .up = quantiles(1e5, 1e9), .down = quantiles(1e5, 1e9)};
  link.rtt = quantiles(1e5, 1e8);
  return link;
}

}  // namespace

OracleCase RandomCase(int nodes, std::mt19937& random) {
  Program program = RandomProgram(nodes, 1 + static_cast<int>(random() % 4), random);
  EnlargeValues(program, random);
  const FrontierTable table(program);
  const Network network = DescribeNetwork(
      program, table, {.several = size_t{1} << 20, .values_per_cut = static_cast<size_t>(nodes)});
  const Heads heads(program);
  Material material = RandomMaterial(nodes, random);
  OracleCase oracle_case{.link = RandomLink(random)};
  oracle_case.prices = {Uniform(0, 1, random), Uniform(0, 1e-6, random)};
  for (uint32_t head = 0; head <= heads.everything(); ++head) {
    if (!heads.IsClosed(head)) {
      continue;
    }
    const size_t engines = head == 0 ? 1 : material.edge.engines.size();
    if (head == heads.everything()) {
      for (size_t engine = 0; engine < engines; ++engine) {
        oracle_case.options.push_back(MakeOption(heads, head, engine, nullptr, material));
      }
      continue;
    }
    for (const char* codec : {"fp32/stored", "int8", "int4/dense"}) {
      material.calibration.records.push_back(RandomRecord(heads.Name(head), codec, random));
      for (size_t engine = 0; engine < engines; ++engine) {
        oracle_case.options.push_back(
            MakeOption(heads, head, engine, &material.calibration.records.back(), material));
      }
    }
  }
  CandidateInputs inputs{network, material.edge, material.cloud, material.calibration, {}};
  inputs.result_bytes = static_cast<int64_t>(material.result_bytes);
  absl::StatusOr<CandidateSet> set = MakeCandidates(inputs);
  oracle_case.set = std::make_shared<const CandidateSet>(*std::move(set));
  return oracle_case;
}

}  // namespace tideline
