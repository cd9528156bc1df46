#include "edge/client/convert.h"

#include <chrono>
#include <cstring>
#include <span>
#include <utility>

#include "common/tensor/tensor.h"

namespace tideline {
namespace {

static_assert(static_cast<int>(client::DType::kBool) == static_cast<int>(DType::kBool));
static_assert(static_cast<int>(client::Path::kFallback) == static_cast<int>(Path::kFallback));

client::Code CodeOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return client::Code::kOk;
    case absl::StatusCode::kInvalidArgument:
      return client::Code::kInvalidArgument;
    case absl::StatusCode::kNotFound:
      return client::Code::kNotFound;
    case absl::StatusCode::kResourceExhausted:
      return client::Code::kOverloaded;
    case absl::StatusCode::kDeadlineExceeded:
      return client::Code::kDeadlineExceeded;
    case absl::StatusCode::kUnavailable:
      return client::Code::kUnavailable;
    case absl::StatusCode::kCancelled:
      return client::Code::kCancelled;
    default:
      return client::Code::kFailed;
  }
}

std::chrono::nanoseconds Nanoseconds(absl::Duration duration) {
  return absl::ToChronoNanoseconds(duration);
}

client::Latency ToClient(const Latency& latency) {
  return {Nanoseconds(latency.total), Nanoseconds(latency.head),   Nanoseconds(latency.encode),
          Nanoseconds(latency.link),  Nanoseconds(latency.decode), Nanoseconds(latency.queue),
          Nanoseconds(latency.tail)};
}

absl::StatusOr<client::Tensor> ToClient(const Tensor& tensor) {
  ASSIGN_OR_RETURN(const Tensor whole, Contiguous(tensor));
  return client::Tensor{static_cast<client::DType>(whole.dtype()), whole.shape(), whole.data(),
                        whole.nbytes(), whole.owner()};
}

absl::StatusOr<SourceInput> InputOf(const client::Image& image) {
  if (image.data == nullptr || image.bytes == 0 || image.bytes > kMaxImageFile) {
    return InvalidArgument("the image has {} bytes, expected 1 to {}",
                           image.data == nullptr ? 0 : image.bytes, kMaxImageFile);
  }
  return ImageFile{{{static_cast<const std::byte*>(image.data), image.bytes}, image.owner}};
}

absl::StatusOr<SourceInput> InputOf(const client::Tensor& tensor) {
  const auto dtype = static_cast<DType>(tensor.dtype);
  if (static_cast<int>(dtype) >= kDTypeCount) {
    return InvalidArgument("the tensor's dtype {} is none", static_cast<int>(dtype));
  }
  for (const int64_t size : tensor.shape) {
    if (size <= 0) {
      return InvalidArgument("the tensor's shape is {}; sizes are above 0", ToString(tensor.shape));
    }
  }
  const Strides strides = ContiguousStrides(tensor.shape);
  const std::optional<int64_t> elements = StorageExtent(tensor.shape, strides);
  if (!elements || static_cast<uint64_t>(*elements) > SIZE_MAX / ItemSize(dtype) ||
      tensor.data == nullptr || tensor.bytes != *elements * ItemSize(dtype)) {
    return InvalidArgument("the tensor has {} bytes, which is not what {} of {} has",
                           tensor.data == nullptr ? 0 : tensor.bytes, ToString(tensor.shape),
                           Name(dtype));
  }
  return Tensor::View(dtype, tensor.shape, strides, tensor.data, tensor.owner);
}

}  // namespace

client::Status ToClient(const absl::Status& status) {
  return {CodeOf(status.code()), std::string(status.message())};
}

client::Or<client::Answer> ToClient(const Result& result) {
  if (!result.error.ok()) {
    return ToClient(result.error);
  }
  client::Answer answer{.id = result.id, .model = result.model, .version = result.version};
  for (const Tensor& output : result.outputs) {
    absl::StatusOr<client::Tensor> converted = ToClient(output);
    if (!converted.ok()) {
      return ToClient(converted.status());
    }
    answer.outputs.push_back(*std::move(converted));
  }
  answer.label = result.label;
  answer.score = result.score;
  answer.path = static_cast<client::Path>(result.path);
  answer.cut = result.cut;
  answer.codec = result.codec;
  answer.cloud = result.cloud;
  answer.bytes_up = result.bytes_up;
  answer.latency = ToClient(result.latency);
  answer.deadline_met = result.deadline_met;
  return answer;
}

SourceFrame FrameOf(const client::Input& input, const client::Request& request, uint64_t number) {
  SourceFrame frame;
  frame.source = "client";
  frame.seq = number;
  frame.id = request.id.empty() ? std::to_string(number) : request.id;
  frame.name = frame.id;
  frame.input = std::visit([](const auto& given) { return InputOf(given); }, input);
  return frame;
}

client::Statistics ToClient(const BoardState& state) {
  client::Statistics statistics;
  statistics.uptime = Nanoseconds(state.uptime);
  statistics.split = state.paths[static_cast<size_t>(Path::kSplit)];
  statistics.edge = state.paths[static_cast<size_t>(Path::kEdge)];
  statistics.cloud = state.paths[static_cast<size_t>(Path::kCloud)];
  statistics.fallback = state.paths[static_cast<size_t>(Path::kFallback)];
  statistics.errors = state.errors_total;
  statistics.bytes_up = state.bytes_up;
  statistics.per_second = state.per_second;
  if (state.times) {
    const auto& mean = state.times->mean;  // total, head, encode, link, queue, decode, tail
    statistics.mean = ToClient(Latency{mean[0], mean[1], mean[2], mean[3], /*decode=*/mean[5],
                                       /*queue=*/mean[4], mean[6]});
    statistics.p50 = Nanoseconds(state.times->p50);
    statistics.p95 = Nanoseconds(state.times->p95);
    statistics.p99 = Nanoseconds(state.times->p99);
  }
  return statistics;
}

}  // namespace tideline
