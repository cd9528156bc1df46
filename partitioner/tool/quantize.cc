#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/engine/engines.h"
#include "common/model/repository.h"
#include "common/program/load.h"
#include "partitioner/profiler/reference.h"
#include "partitioner/quantizer/layers.h"
#include "partitioner/tool/answer.h"
#include "partitioner/tool/commands.h"
#include "partitioner/tool/describe.h"
#include "partitioner/tool/example_inputs.h"
#include "partitioner/tool/quantize_model.h"
#include "partitioner/tool/quantized_folder.h"
#include "partitioner/tool/table.h"

namespace tideline {
namespace {

// The tolerance is the error measured on the reference times this: another engine or CPU rounds
// some values to the neighbouring code.
constexpr double kHeadRoom = 1.5;
// An error of 1 is what an answer has that is all zeros.
constexpr double kLargestTolerance = 1;

struct Options {
  std::string model;
  std::string data;
  QuantizedFolder out;
  size_t samples = 300;
  std::string engine = "aten";
  int threads = 0;
  bool json = false;
};

struct Report {
  int64_t bytes_before = 0;
  int64_t bytes_after = 0;
  size_t layers = 0;
  double tolerance = 0;
  bool classification = false;
  Agreement agreement;
};

absl::Status CheckModel(const Options& options, const ModelFiles& files, const Program& program) {
  if (!files.info) {
    return InvalidArgument(
        "{}: there is no {} beside it, which says how inputs are made; export the network with "
        "tideline-export",
        options.model, kModelInfoFile);
  }
  if (files.info->quantization) {
    return InvalidArgument("{}: is quantized already; give the network it was made from",
                           options.model);
  }
  if (files.info->inputs.size() != 1 || program.inputs.size() != 1) {
    return InvalidArgument("{}: has {} inputs; networks with one input can be quantized",
                           options.model, program.inputs.size());
  }
  if (!program.dynamic_batch && program.static_batch != 1) {
    return InvalidArgument("{}: takes batches of {} alone; export it without --static",
                           options.model, program.static_batch);
  }
  return absl::OkStatus();
}

// Rounded up to two digits, as people read it.
absl::StatusOr<double> ToleranceOf(double error, const Options& options) {
  const double wanted = std::max(error, 1e-6) * kHeadRoom;
  const double unit = std::pow(10, std::floor(std::log10(wanted)) - 1);
  const double tolerance = std::ceil(wanted / unit) * unit;
  if (!(tolerance <= kLargestTolerance)) {
    return FailedPrecondition(
        "{}: with 8 bits its outputs are {:.2g} away from PyTorch's (of the largest output), which "
        "answers nothing; calibrate on data like that which it was trained on",
        options.model, error);
  }
  return std::stod(fmt::format("{:.1e}", tolerance));
}

std::string Ratio(double after, double before) { return fmt::format("{:.2f}", after / before); }

void ShowReport(const Options& options, const ModelFiles& files, const Report& report,
                Answer& answer) {
  const Agreement& agreement = report.agreement;
  answer.Say(fmt::format("{}: {} layers in 8 bits, {}, written to {}\n\n", ModelTitle(files),
                         report.layers, options.engine, options.out.path()));
  Table table({{"", Align::kLeft, "what"},
               {"float32", Align::kRight, "float32"},
               {"int8", Align::kRight, "int8"},
               {"ratio", Align::kRight, "ratio"}});
  table.AddRow(
      {"size", HumanBytes(report.bytes_before), HumanBytes(report.bytes_after),
       Ratio(static_cast<double>(report.bytes_after), static_cast<double>(report.bytes_before))});
  table.AddRow({"ms per input", fmt::format("{:.2f}", agreement.ms_before),
                fmt::format("{:.2f}", agreement.ms_after),
                Ratio(agreement.ms_after, agreement.ms_before)});
  if (report.classification) {
    table.AddRow({"top-1 agreement", "", fmt::format("{:.2f} %", 100 * agreement.same_top1), ""});
  }
  table.AddRow({"mean error", "", fmt::format("{:.1e}", agreement.mean_error), ""});
  table.AddRow({"max error", "", fmt::format("{:.1e}", agreement.max_error), ""});
  table.AddRow({"error vs PyTorch", "", fmt::format("{:.1e}", agreement.reference_error), ""});
  table.AddRow({"tolerance", "", fmt::format("{}", report.tolerance), ""});
  answer.Show("comparison", table);
  answer.Say(fmt::format(
      "\nCalibrated on {} inputs, compared on {}{}.\n", options.samples, agreement.evaluated,
      report.classification ? "" : "; no classification network, so there is no top-1"));
}

nlohmann::ordered_json ToJson(const Options& options, const ModelFiles& files,
                              const Report& report) {
  const Agreement& agreement = report.agreement;
  nlohmann::ordered_json json = {{"quantize", "ok"},
                                 {"model", files.name},
                                 {"written", options.out.path()},
                                 {"engine", options.engine},
                                 {"layers", report.layers},
                                 {"samples", options.samples},
                                 {"evaluated", agreement.evaluated},
                                 {"bytes_before", report.bytes_before},
                                 {"bytes_after", report.bytes_after},
                                 {"mean_error", agreement.mean_error},
                                 {"max_error", agreement.max_error},
                                 {"error_vs_pytorch", agreement.reference_error},
                                 {"tolerance", report.tolerance},
                                 {"ms_before", agreement.ms_before},
                                 {"ms_after", agreement.ms_after}};
  if (report.classification) {
    json["top1_agreement"] = agreement.same_top1;
  }
  return json;
}

absl::Status RunQuantize(Options options) {
  ASSIGN_OR_RETURN(const ModelFiles files, FindModel(options.model));
  ASSIGN_OR_RETURN(const std::shared_ptr<const Program> program, LoadProgram(files.program));
  RETURN_IF_ERROR(CheckModel(options, files, *program));
  RETURN_IF_ERROR(options.out.Complete(files));
  ASSIGN_OR_RETURN(const Reference reference, ReadReference(files, *program));
  ASSIGN_OR_RETURN(const ExampleInputs inputs,
                   ExampleInputs::Open(options.data, files.info->inputs[0]));
  const std::vector<size_t> samples = EvenlySpread(inputs.size(), options.samples);
  options.samples = samples.size();

  SetEngineThreads(options.threads, /*spin=*/false);
  const QuantizeEngine engine{options.engine, {.threads = options.threads}};
  ASSIGN_OR_RETURN(const std::shared_ptr<const Program> quantized,
                   QuantizeModel(*program, engine, inputs, samples, reference));
  Report report{.bytes_before = files.info->files.at(kProgramFile).bytes,
                .layers = QuantizableLayers(*program).size(),
                .classification = files.info->output.kind == OutputKind::kClassification};
  ASSIGN_OR_RETURN(report.agreement, CompareModels(program, quantized, engine, inputs, reference));
  ASSIGN_OR_RETURN(report.tolerance, ToleranceOf(report.agreement.reference_error, options));
  ASSIGN_OR_RETURN(report.bytes_after,
                   options.out.Write(files, *quantized,
                                     {.tolerance = report.tolerance,
                                      .data = options.data,
                                      .samples = static_cast<int64_t>(options.samples)}));
  Answer answer;
  ShowReport(options, files, report, answer);
  answer.Summarize(ToJson(options, files, report));
  return answer.Print(options.json);
}

}  // namespace

Command AddQuantize(CLI::App& tool) {
  auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(
      tool, {"quantize", kPrepareGroup, "Make an 8-bit network of a float32 one",
             "  tideline quantize models/photos --data crops           models/photos-int8\n"
             "  tideline quantize models/photos --data crops --engine openvino --name small"});
  app->add_option("MODEL", options->model, "A version folder or a model folder")->required();
  app->add_option("--data", options->data,
                  "What it will see: a folder or a glob of images, or an .npy array of inputs")
      ->type_name("INPUTS")
      ->required();
  app->add_option("--out", options->out.repository, "The repository to write to; that of MODEL")
      ->type_name("FOLDER");
  app->add_option("--name", options->out.name, "Of the new model; MODEL's with -int8 behind")
      ->type_name("NAME");
  app->add_option("--samples", options->samples,
                  "How many inputs it is calibrated on, evenly spread over the data")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app->add_option("--engine", options->engine, "What runs it")
      ->type_name("ENGINE")
      ->capture_default_str();
  AddEngineThreads(*app, options->threads);
  AddJsonFlag(*app, options->json);
  return {app, [options] { return RunQuantize(*options); }};
}

}  // namespace tideline
