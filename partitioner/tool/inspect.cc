#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "common/model/repository.h"
#include "common/program/costs.h"
#include "common/program/frontier.h"
#include "common/program/load.h"
#include "partitioner/tool/answer.h"
#include "partitioner/tool/commands.h"
#include "partitioner/tool/describe.h"
#include "partitioner/tool/table.h"

namespace tideline {
namespace {

using Json = nlohmann::ordered_json;

// More multi-value cuts than this are not counted one by one.
constexpr size_t kMultiValueLimit = 1000;

struct CutRow {
  Frontier cut;
  int64_t elements = 0;
  int64_t macs_before = 0;
};

struct Inspection {
  ModelFiles files;
  std::shared_ptr<const Program> program;
  FrontierTable frontiers;
  std::vector<Cost> costs;  // by NodeId
  Cost total;
  std::vector<CutRow> cuts;  // input, single-value cuts, edge
  size_t smallest = 0;       // in cuts, among the single-value ones; 0 where there is none
  FrontierTable::Multi multi;

  int64_t batch() const { return program->dynamic_batch ? 1 : program->static_batch; }
};

absl::StatusOr<CutRow> Inspect(const Inspection& network, const Frontier& cut) {
  CutRow row{cut, FrontierElements(*network.program, cut)};
  ASSIGN_OR_RETURN(const std::vector<NodeId> nodes,
                   NodesBetween(*network.program, network.frontiers.input(), cut));
  for (const NodeId node : nodes) {
    row.macs_before += network.costs[node].macs;
  }
  return row;
}

absl::StatusOr<Inspection> InspectModel(const std::string& path) {
  ASSIGN_OR_RETURN(ModelFiles files, FindModel(path));
  ASSIGN_OR_RETURN(std::shared_ptr<const Program> program, LoadProgram(files.program));
  Inspection network{
      .files = std::move(files), .program = program, .frontiers = FrontierTable(*program)};
  network.costs = NodeCosts(*program);
  for (const Cost& cost : network.costs) {
    network.total += cost;
  }
  std::vector<Frontier> cuts = network.frontiers.single();
  cuts.insert(cuts.begin(), network.frontiers.input());
  cuts.push_back(network.frontiers.edge());
  for (const Frontier& cut : cuts) {
    ASSIGN_OR_RETURN(CutRow row, Inspect(network, cut));
    network.cuts.push_back(std::move(row));
  }
  for (size_t i = 1; i + 1 < network.cuts.size(); ++i) {
    if (network.smallest == 0 ||
        network.cuts[i].elements < network.cuts[network.smallest].elements) {
      network.smallest = i;
    }
  }
  network.multi = network.frontiers.MultiValue(kMultiValueLimit);
  return network;
}

Cost GroupCost(const Inspection& network, const Group& group) {
  Cost cost;
  for (const NodeId node : group.nodes) {
    cost += network.costs[node];
  }
  return cost;
}

// "conv2d hardtanh" of "aten.conv2d.default", "aten.hardtanh.default".
std::vector<std::string> Operators(const Program& program, const Group& group) {
  std::vector<std::string> names;
  for (const NodeId node : group.nodes) {
    const std::string& target = program.nodes[node].target;
    const size_t first = target.find('.') + 1;
    names.push_back(target.substr(first, target.rfind('.') - first));
  }
  return names;
}

std::string Share(int64_t part, int64_t whole) {
  return whole == 0 ? "-"
                    : fmt::format("{:.1f} %",
                                  100 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string HeaderText(const Inspection& network) {
  const Program& program = *network.program;
  std::string text = fmt::format(
      "{}\n\nparameters  {} ({} as run)\nMACs        {} for a batch of {}\nbatch       {}\n",
      ModelTitle(network.files), program.parameters, HumanBytes(network.total.weight_bytes),
      HumanCount(network.total.macs), network.batch(),
      program.dynamic_batch ? "any" : fmt::format("{} (static)", program.static_batch));
  for (const ValueId input : program.inputs) {
    text += fmt::format("input       {}\n", DescribeValue(program.values[input], network.batch()));
  }
  for (const ValueId output : program.outputs) {
    text += fmt::format("output      {}\n", DescribeValue(program.values[output], network.batch()));
  }
  return text + fmt::format("identity    {}\n", ToHex(program.identity));
}

std::string LayersText(const Inspection& network) {
  const Program& program = *network.program;
  Table table({{"layer"},
               {"operators"},
               {"output"},
               {"MACs", Align::kRight},
               {"weights", Align::kRight},
               {"written", Align::kRight}});
  for (const Group& group : network.frontiers.groups()) {
    const Cost cost = GroupCost(network, group);
    table.AddRow({Shorten(group.name, 48),
                  Shorten(fmt::format("{}", fmt::join(Operators(program, group), " ")), 40),
                  DescribeShapes(program, group.outputs, network.batch()), HumanCount(cost.macs),
                  HumanBytes(cost.weight_bytes), HumanBytes(cost.output_bytes)});
  }
  return "\n" + table.ToString();
}

std::string CutsText(const Inspection& network) {
  Table table({{"cut"},
               {"tensor"},
               {"elements", Align::kRight},
               {"32 bits", Align::kRight},
               {"16 bits", Align::kRight},
               {"8 bits", Align::kRight},
               {"MACs before", Align::kRight},
               {""}});
  for (size_t i = 0; i < network.cuts.size(); ++i) {
    const CutRow& row = network.cuts[i];
    table.AddRow({Shorten(row.cut.name, 48),
                  DescribeShapes(*network.program, row.cut.values, network.batch()),
                  fmt::format("{}", row.elements), HumanBytes(row.elements * 4),
                  HumanBytes(row.elements * 2), HumanBytes(row.elements),
                  Share(row.macs_before, network.total.macs),
                  i == network.smallest && i > 0 ? "<- smallest" : ""});
  }
  return fmt::format("\n{}\n{} cuts of one value; {}{} cuts of 2 to 4 values.\n", table.ToString(),
                     network.frontiers.single().size(), network.multi.exact ? "" : "more than ",
                     network.multi.exist);
}

Json ValuesJson(const Inspection& network, const std::vector<ValueId>& ids) {
  Json list = Json::array();
  for (const ValueId id : ids) {
    const Value& value = network.program->values[id];
    list.push_back({{"name", value.name},
                    {"dtype", std::string(Name(value.dtype))},
                    {"shape", value.ShapeAt(network.batch())}});
  }
  return list;
}

Json ToJson(const Inspection& network) {
  const Program& program = *network.program;
  Json layers = Json::array();
  for (const Group& group : network.frontiers.groups()) {
    const Cost cost = GroupCost(network, group);
    layers.push_back({{"name", group.name},
                      {"operators", Operators(program, group)},
                      {"outputs", ValuesJson(network, group.outputs)},
                      {"macs", cost.macs},
                      {"weight_bytes", cost.weight_bytes},
                      {"output_bytes", cost.output_bytes}});
  }
  Json cuts = Json::array();
  for (const CutRow& row : network.cuts) {
    cuts.push_back({{"name", row.cut.name},
                    {"values", ValuesJson(network, row.cut.values)},
                    {"elements", row.elements},
                    {"bytes_32bit", row.elements * 4},
                    {"bytes_16bit", row.elements * 2},
                    {"bytes_8bit", row.elements},
                    {"macs_before", row.macs_before}});
  }
  return {{"model", network.files.name},
          {"version", network.files.version},
          {"identity", ToHex(program.identity)},
          {"parameters", program.parameters},
          {"macs", network.total.macs},
          {"weight_bytes", network.total.weight_bytes},
          {"dynamic_batch", program.dynamic_batch},
          {"batch", network.batch()},
          {"inputs", ValuesJson(network, program.inputs)},
          {"outputs", ValuesJson(network, program.outputs)},
          {"layers", layers},
          {"cuts", cuts},
          {"smallest_cut",
           network.smallest > 0 ? Json(network.cuts[network.smallest].cut.name) : Json(nullptr)},
          {"multi_value_cuts", network.multi.exist},
          {"multi_value_cuts_exact", network.multi.exact}};
}

absl::Status RunInspect(const std::string& model, bool json) {
  ASSIGN_OR_RETURN(const Inspection network, InspectModel(model));
  if (json) {
    return PrintOut(JsonText(ToJson(network), /*document=*/true));
  }
  return PrintOut(HeaderText(network) + LayersText(network) + CutsText(network));
}

}  // namespace

Command AddInspect(CLI::App& tool) {
  struct Options {
    std::string model;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(
      tool, {"inspect", kLookGroup, "Show the layers of a network and where it can be cut",
             "  tideline inspect models/photos              layers and possible cuts\n"
             "  tideline inspect models/photos/1/model.pt2  a file by itself\n"
             "  tideline inspect models/photos --json | jq -r '.cuts[].name'"});
  app->add_option("MODEL", options->model, kModelHelp)->required();
  AddJsonFlag(*app, options->json);
  return {app, [options] { return RunInspect(options->model, options->json); }};
}

}  // namespace tideline
