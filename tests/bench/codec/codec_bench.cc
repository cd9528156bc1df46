// What tests/bench/run codec times, on one thread. Times are what the thread has run: other
// processes on the machine make them no longer but for the caches.
//
//   codec_bench MODEL DATA INPUTS
//
// MODEL is a calibrated version folder, DATA its images, INPUTS how many of them. A contender as
// tests/bench/measure/contender.py says; it writes {"event": "first_answer"}, {"event": "ready"}
// and then one line of JSON for each line that it reads:
//   time CUT CODEC RUNS     {"elements": …, "bytes": […], "encode_ms": […], "decode_ms": […]}: one
//                           per input, times the least of so many runs
//   pack CUT LEVELS COPIES  {"bytes": …, "gb_per_s": …}: quantized and packed, of float32 input
//                           that many times the tensor; the best of several runs
//   copy CUT COPIES         {"bytes": …, "gb_per_s": …}: the same floats copied
//   symbols CUT LEVELS PATH {"shape": […], "files": …}: quantized tensors as PATH.0, PATH.1, …, a
//                           byte per symbol
#include <algorithm>
#include <cstring>
#include <ctime>
#include <iostream>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include <nlohmann/json.hpp>

#include "common/base/file.h"
#include "common/engine/engines.h"
#include "protocol/codec/codec.h"
#include "protocol/codec/layout.h"
#include "protocol/codec/pack.h"
#include "tests/bench/codec/cut_tensors.h"

namespace tideline {
namespace {

using Json = nlohmann::ordered_json;
using Words = std::vector<std::string>;

constexpr uint64_t kMaxTensor = uint64_t{1} << 30;
constexpr int kMostRuns = 10'000;
constexpr int kSpeedRuns = 7;

double ThreadMilliseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

template <typename Function>
double Milliseconds(Function function) {
  const double start = ThreadMilliseconds();
  function();
  return ThreadMilliseconds() - start;
}

template <typename Function>
double LeastMilliseconds(int runs, Function function) {
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < runs; ++i) {
    least = std::min(least, Milliseconds(function));
  }
  return least;
}

absl::StatusOr<int> ParseNumber(const std::string& text) {
  int number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 1 || number > kMostRuns) {
    return InvalidArgument("'{}' is no number from 1 to {}", text, kMostRuns);
  }
  return number;
}

// A cut's tensor in canonical order, some times over, with how it is quantized.
struct Floats {
  std::vector<float> values;
  Planes planes;
  const ParameterSet* set = nullptr;
};

absl::StatusOr<Floats> Repeat(const Tensor& tensor, int copies) {
  ASSIGN_OR_RETURN(const Tensor canonical, Contiguous(tensor));
  Floats floats{.planes = PlanesOf(tensor.shape())};
  for (int i = 0; i < copies; ++i) {
    floats.values.insert(floats.values.end(), canonical.as<float>(),
                         canonical.as<float>() + canonical.numel());
  }
  floats.planes.count *= static_cast<size_t>(copies);
  return floats;
}

class Bench {
 public:
  explicit Bench(CutTensors& tensors) : tensors_(tensors) {}

  absl::StatusOr<Json> Serve(const std::string& line) {
    const Words words = absl::StrSplit(line, ' ');
    if (words.front() == "time" && words.size() == 4) {
      return Time(words[1], words[2], words[3]);
    }
    if (words.front() == "pack" && words.size() == 4) {
      return Pack(words[1], words[2], words[3]);
    }
    if (words.front() == "copy" && words.size() == 3) {
      return Copy(words[1], words[2]);
    }
    if (words.front() == "symbols" && words.size() == 4) {
      return Symbols(words[1], words[2], words[3]);
    }
    return InvalidArgument("'{}': time, pack, copy or symbols, and what they take", line);
  }

 private:
  absl::StatusOr<const StoredParameters*> Parameters(const std::string& cut, int levels) const {
    const StoredParameters* found = tensors_.store().Find(cut, /*tensor=*/0, levels);
    if (found == nullptr) {
      return NotFound("cut '{}' is not calibrated for {} levels", cut, levels);
    }
    return found;
  }

  absl::StatusOr<Json> Time(const std::string& cut, const std::string& codec,
                            const std::string& runs_text) {
    ASSIGN_OR_RETURN(const int runs, ParseNumber(runs_text));
    ASSIGN_OR_RETURN(const CodecSpec spec, ParseCodecSpec(codec));
    const StoredParameters* parameters = nullptr;
    if (spec.quantizer == Quantizer::kAffine) {
      ASSIGN_OR_RETURN(parameters, Parameters(cut, spec.levels));
    }
    ASSIGN_OR_RETURN(const std::vector<Tensor>* tensors, tensors_.At(cut));
    std::vector<size_t> bytes;
    std::vector<double> encode_ms;
    std::vector<double> decode_ms;
    for (const Tensor& tensor : *tensors) {
      absl::StatusOr<Encoded> encoded;
      encode_ms.push_back(LeastMilliseconds(
          runs, [&] { encoded = EncodeWhole(encoder_, tensor, spec, parameters); }));
      RETURN_IF_ERROR(encoded.status());
      absl::StatusOr<Tensor> decoded;
      decode_ms.push_back(LeastMilliseconds(runs, [&] {
        decoded =
            DecodeWhole(encoded->description, encoded->bytes.view, kMaxTensor, &tensors_.store());
      }));
      RETURN_IF_ERROR(decoded.status());
      bytes.push_back(encoded->bytes.size());
    }
    return Json{{"elements", tensors->front().numel()},
                {"bytes", bytes},
                {"encode_ms", encode_ms},
                {"decode_ms", decode_ms}};
  }

  absl::StatusOr<Json> Pack(const std::string& cut, const std::string& levels_text,
                            const std::string& copies_text) {
    ASSIGN_OR_RETURN(const int levels, ParseNumber(levels_text));
    ASSIGN_OR_RETURN(const int copies, ParseNumber(copies_text));
    ASSIGN_OR_RETURN(const StoredParameters* parameters, Parameters(cut, levels));
    ASSIGN_OR_RETURN(const std::vector<Tensor>* tensors, tensors_.At(cut));
    ASSIGN_OR_RETURN(const Floats floats, Repeat(tensors->front(), copies));
    const ParameterSet& set = parameters->set;
    const int bits = PackedBits(levels);
    std::vector<uint8_t> symbols(floats.values.size());
    std::vector<uint8_t> packed(PackedSize(symbols.size(), bits));
    absl::Status status;
    const double ms = LeastMilliseconds(kSpeedRuns, [&] {
      status = QuantizePlanes(floats.values, floats.planes, set.channels, set.rounding, symbols);
      tideline::Pack(symbols, bits, packed);
    });
    RETURN_IF_ERROR(status);
    return Speed(floats.values.size() * sizeof(float), ms);
  }

  absl::StatusOr<Json> Copy(const std::string& cut, const std::string& copies_text) {
    ASSIGN_OR_RETURN(const int copies, ParseNumber(copies_text));
    ASSIGN_OR_RETURN(const std::vector<Tensor>* tensors, tensors_.At(cut));
    ASSIGN_OR_RETURN(const Floats floats, Repeat(tensors->front(), copies));
    std::vector<float> to(floats.values.size());
    const size_t bytes = to.size() * sizeof(float);
    const double ms =
        LeastMilliseconds(kSpeedRuns, [&] { std::memcpy(to.data(), floats.values.data(), bytes); });
    if (to.back() != floats.values.back()) {  // is used, so that no copy is left out
      return Internal("the copy differs");
    }
    return Speed(bytes, ms);
  }

  absl::StatusOr<Json> Symbols(const std::string& cut, const std::string& levels_text,
                               const std::string& path) {
    ASSIGN_OR_RETURN(const int levels, ParseNumber(levels_text));
    ASSIGN_OR_RETURN(const StoredParameters* parameters, Parameters(cut, levels));
    ASSIGN_OR_RETURN(const std::vector<Tensor>* tensors, tensors_.At(cut));
    for (size_t i = 0; i < tensors->size(); ++i) {
      ASSIGN_OR_RETURN(const Floats floats, Repeat((*tensors)[i], /*copies=*/1));
      std::string symbols(floats.values.size(), '\0');
      RETURN_IF_ERROR(QuantizePlanes(floats.values, floats.planes, parameters->set.channels,
                                     parameters->set.rounding,
                                     {reinterpret_cast<uint8_t*>(symbols.data()), symbols.size()}));
      RETURN_IF_ERROR(WriteFileAtomically(fmt::format("{}.{}", path, i), symbols));
    }
    return Json{{"shape", tensors->front().shape()}, {"files", tensors->size()}};
  }

  static Json Speed(size_t bytes, double ms) {
    return {{"bytes", bytes}, {"gb_per_s", static_cast<double>(bytes) / ms * 1e-6}};
  }

  CutTensors& tensors_;
  Encoder encoder_;
};

void Answer(const Json& json) { std::cout << json.dump() << std::endl; }

absl::Status Run(const Words& arguments) {
  if (arguments.size() != 3) {
    return InvalidArgument("codec_bench MODEL DATA INPUTS");
  }
  SetEngineThreads(/*threads=*/1, /*spin=*/false);
  ASSIGN_OR_RETURN(const int inputs, ParseNumber(arguments[2]));
  ASSIGN_OR_RETURN(CutTensors tensors,
                   CutTensors::Open(arguments[0], arguments[1], static_cast<size_t>(inputs)));
  Answer({{"event", "first_answer"}});
  Answer({{"event", "ready"}});
  Bench bench(tensors);
  for (std::string line; std::getline(std::cin, line);) {
    const absl::StatusOr<Json> answer = bench.Serve(line);
    Answer(answer.ok() ? *answer : Json{{"error", std::string(answer.status().message())}});
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace tideline

int main(int argc, char** argv) {
  const absl::Status status = tideline::Run({argv + 1, argv + argc});
  if (!status.ok()) {
    std::cerr << "codec_bench: " << status.message() << "\n";
    return 1;
  }
  return 0;
}
