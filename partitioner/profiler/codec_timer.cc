#include "partitioner/profiler/codec_timer.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <utility>

#include "common/base/clock.h"
#include "common/model/image.h"
#include "common/model/preprocess.h"
#include "partitioner/calibrator/carry.h"
#include "partitioner/profiler/median_interval.h"

namespace tideline {
namespace {

constexpr double kNsPerMs = 1e6;
constexpr size_t kLeastRuns = 5;
constexpr size_t kMostRuns = 200;
constexpr int kCameraQuality = 90;  // of JPEG
// A turn lasts at least this long: what has a core by quota takes turns of some milliseconds too,
// and a single short run would take none of its pauses or a whole one.
constexpr absl::Duration kTurn = absl::Milliseconds(10);

struct Turn {
  double runs = 0;
  double ns = 0;
};

// As many calls of `run` as make a turn.
absl::StatusOr<Turn> TakeTurn(const std::function<absl::Status()>& run) {
  const SystemClock clock;
  const MonotonicTime begin = clock.Now();
  Turn turn;
  while (clock.Now() < begin + kTurn) {
    RETURN_IF_ERROR(run());
    ++turn.runs;
  }
  turn.ns = absl::ToDoubleNanoseconds(clock.Now() - begin);
  return turn;
}

absl::StatusOr<CodecTime> TimeCodec(const Frontier& cut, const CodecSpec& spec,
                                    const std::vector<Tensor>& tensors, const ParameterStore& store,
                                    absl::Duration time) {
  const SystemClock clock;
  Encoder encoder;
  std::vector<double> encode_ns;
  std::vector<double> decode_ns;
  const auto run = [&] {
    return IsImage(spec) ? CarryImage(encoder, spec, tensors.front())
                         : CarryCut(encoder, cut, spec, store, tensors);
  };
  RETURN_IF_ERROR(run().status());  // the first one allocates
  const MonotonicTime end = clock.Now() + time;
  while (encode_ns.size() < kMostRuns && (encode_ns.size() < kLeastRuns || clock.Now() < end)) {
    CarriedCut sum;
    const auto add = [&]() -> absl::Status {
      ASSIGN_OR_RETURN(const CarriedCut carried, run());
      sum.encode_ms += carried.encode_ms;
      sum.decode_ms += carried.decode_ms;
      return absl::OkStatus();
    };
    ASSIGN_OR_RETURN(const Turn turn, TakeTurn(add));
    encode_ns.push_back(kNsPerMs * sum.encode_ms / turn.runs);
    decode_ns.push_back(kNsPerMs * sum.decode_ms / turn.runs);
  }
  return CodecTime{.cut = cut.name,
                   .codec = ToString(spec),
                   .encode_ns = MedianInterval(std::move(encode_ns)),
                   .decode_ns = MedianInterval(std::move(decode_ns))};
}

// Adds noise whose features are `size` pixels wide, interpolated between its grid's points, and the
// stronger the wider they are.
void AddOctave(int64_t height, int64_t width, int64_t size, std::mt19937& random,
               std::vector<float>& image) {
  const int64_t columns = width / size + 2;
  std::vector<float> grid(static_cast<size_t>(columns * (height / size + 2)));
  // The bits of mt19937 are the same everywhere; those of a distribution are not.
  std::ranges::generate(grid,
                        [&] { return (static_cast<float>(random() >> 8) * 0x1p-24F - 0.5F); });
  const auto side = static_cast<float>(size);
  const float amplitude = std::sqrt(side);
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const float fy = static_cast<float>(y % size) / side;
      const float fx = static_cast<float>(x % size) / side;
      const float* corner = &grid[static_cast<size_t>(y / size * columns + x / size)];
      const float top = std::lerp(corner[0], corner[1], fx);
      const float bottom = std::lerp(corner[columns], corner[columns + 1], fx);
      image[static_cast<size_t>(y * width + x)] += amplitude * std::lerp(top, bottom, fy);
    }
  }
}

std::vector<float> Plane(int64_t height, int64_t width, std::mt19937& random) {
  std::vector<float> plane(static_cast<size_t>(height * width), 0);
  for (int64_t size = 1; size <= std::max(height, width); size *= 2) {
    AddOctave(height, width, size, random, plane);
  }
  return plane;
}

}  // namespace

absl::StatusOr<std::vector<CodecTime>> TimeCodecs(const CutCodecs& cut,
                                                  const std::vector<Tensor>& tensors,
                                                  const ParameterStore& store,
                                                  absl::Duration time) {
  std::vector<CodecTime> times;
  for (const CodecSpec& spec : cut.codecs) {
    absl::StatusOr<CodecTime> measured = TimeCodec(cut.cut, spec, tensors, store, time);
    if (!measured.ok()) {
      return Annotate(measured.status(),
                      fmt::format("cut '{}', codec '{}'", cut.cut.name, ToString(spec)));
    }
    times.push_back(*std::move(measured));
  }
  return times;
}

absl::StatusOr<InputTimes> TimeInput(const InputInfo& input, const Tensor& image,
                                     absl::Duration time) {
  ASSIGN_OR_RETURN(const std::string file, EncodeJpeg(image, kCameraQuality));
  const SystemClock clock;
  std::vector<double> read_ns;
  std::vector<double> normalize_ns;
  Tensor raw;
  const auto read = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(raw, PreprocessImage(std::as_bytes(std::span(file)), input));
    return absl::OkStatus();
  };
  const auto normalize = [&] { return Normalize(raw, input).status(); };
  const MonotonicTime end = clock.Now() + time;
  while (read_ns.size() < kMostRuns && (read_ns.size() < kLeastRuns || clock.Now() < end)) {
    ASSIGN_OR_RETURN(const Turn reading, TakeTurn(read));
    ASSIGN_OR_RETURN(const Turn normalizing, TakeTurn(normalize));
    read_ns.push_back(reading.ns / reading.runs);
    normalize_ns.push_back(normalizing.ns / normalizing.runs);
  }
  return InputTimes{.read_ns = MedianInterval(std::move(read_ns)),
                    .normalize_ns = MedianInterval(std::move(normalize_ns))};
}

absl::StatusOr<Tensor> LikeAPhotograph(const InputInfo& input) {
  if (input.kind != InputKind::kImage || input.shape.size() != 3) {
    return InvalidArgument("input '{}' is no image", input.name);
  }
  const int64_t channels = input.shape[0];
  const int64_t height = input.shape[1];
  const int64_t width = input.shape[2];
  ASSIGN_OR_RETURN(Tensor image, Tensor::Allocate(DType::kUInt8, {height, width, channels}));
  std::mt19937 random(/*seed=*/1);
  const std::vector<float> grey = Plane(height, width, random);
  std::vector<std::vector<float>> planes;
  for (int64_t channel = 0; channel < channels; ++channel) {
    planes.push_back(Plane(height, width, random));
    std::ranges::transform(planes.back(), grey, planes.back().begin(),
                           [](float colour, float light) { return 0.3F * colour + light; });
  }
  float low = planes[0][0];
  float high = low;
  for (const std::vector<float>& plane : planes) {
    low = std::min(low, std::ranges::min(plane));
    high = std::max(high, std::ranges::max(plane));
  }
  auto* pixel = reinterpret_cast<uint8_t*>(image.mutable_data());
  for (size_t i = 0; i < grey.size(); ++i) {
    for (const std::vector<float>& plane : planes) {
      *pixel++ = static_cast<uint8_t>(255 * (plane[i] - low) / std::max(high - low, 1e-6F));
    }
  }
  return image;
}

}  // namespace tideline
