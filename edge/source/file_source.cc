#include <functional>
#include <unistd.h>

#include "common/tensor/npy.h"
#include "edge/source/files.h"
#include "edge/source/pacer.h"
#include "edge/source/path_source.h"
#include "edge/source/source.h"

namespace tideline {
namespace {

struct Item {
  std::string name;
  absl::StatusOr<Input> input;
};

// A fixed row of inputs, gone through once or in a loop.
class RowSource final : public Source {
 public:
  // `read` gives input 0 to `count` - 1.
  RowSource(SourceOptions options, size_t count, std::function<Item(size_t)> read)
      : options_(std::move(options)),
        count_(count),
        read_(std::move(read)),
        pacer_(options_.rate) {}

  std::optional<SourceFrame> Next() override {
    const uint64_t round = seq_ / count_;
    if ((round > 0 && !options_.loop) || !pacer_.Wait(seq_)) {
      return std::nullopt;
    }
    Item item = read_(seq_ % count_);
    SourceFrame frame;
    frame.source = options_.name;
    frame.seq = seq_++;
    frame.id = fmt::format("{}/{}", options_.name, item.name);
    if (round > 0) {
      frame.id += fmt::format("#{}", round);
    }
    frame.name = std::move(item.name);
    frame.input = std::move(item.input);
    return frame;
  }

  void Stop() override { pacer_.Stop(); }

 private:
  const SourceOptions options_;
  const size_t count_;
  const std::function<Item(size_t)> read_;
  Pacer pacer_;
  uint64_t seq_ = 0;
};

absl::StatusOr<std::unique_ptr<Source>> OpenFiles(const SourceOptions& options,
                                                  std::span<const std::string_view> extensions) {
  ASSIGN_OR_RETURN(std::vector<InputFile> files, ListInputs(options.path, extensions));
  const size_t count = files.size();
  return std::make_unique<RowSource>(options, count, [files = std::move(files)](size_t index) {
    return Item{.name = files[index].name, .input = ReadInput(files[index].path)};
  });
}

// Element `index` of the first dimension, which is kept with size 1: a batch of one.
Tensor Row(const Tensor& array, size_t index) {
  Shape shape = array.shape();
  shape[0] = 1;
  const size_t offset = index * static_cast<size_t>(array.strides()[0]) * ItemSize(array.dtype());
  return Tensor::View(array.dtype(), std::move(shape), array.strides(), array.data() + offset,
                      array.owner());
}

absl::StatusOr<std::unique_ptr<Source>> OpenArray(const SourceOptions& options) {
  ASSIGN_OR_RETURN(Tensor array, ReadNpy(options.path));
  if (array.shape().empty() || array.numel() == 0) {
    return InvalidArgument("{}: has shape {}; the first dimension counts the inputs", options.path,
                           ToString(array.shape()));
  }
  const size_t count = static_cast<size_t>(array.shape()[0]);
  const std::string name = options.path.substr(options.path.rfind('/') + 1);
  return std::make_unique<RowSource>(options, count, [array, name](size_t index) {
    return Item{.name = fmt::format("{}[{}]", name, index), .input = Input(Row(array, index))};
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<Source>> OpenSource(const SourceOptions& options) {
  switch (options.kind) {
    case SourceKind::kImages:
      return OpenFiles(options, kImageExtensions);
    case SourceKind::kNpy: {
      const bool is_array = options.path.ends_with(".npy") && !HasWildcard(options.path);
      return is_array ? OpenArray(options) : OpenFiles(options, kArrayExtensions);
    }
    case SourceKind::kStdin:
      return OpenPathSource(options, STDIN_FILENO);
  }
  return Internal("source {}: no such kind", options.name);
}

}  // namespace tideline
