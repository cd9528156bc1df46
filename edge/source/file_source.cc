#include <filesystem>
#include <functional>
#include <unistd.h>

#include <fmt/ranges.h>

#include "common/base/hash.h"
#include "common/tensor/npy.h"
#include "edge/source/csv.h"
#include "edge/source/files.h"
#include "edge/source/mqtt_source.h"
#include "edge/source/no_source.h"
#include "edge/source/pacer.h"
#include "edge/source/path_source.h"
#include "edge/source/source.h"
#include "edge/source/video_source.h"

namespace tideline {
namespace {

struct Item {
  std::string name;
  absl::StatusOr<SourceInput> input;
};

// A fixed row of inputs, gone through once or in a loop.
class RowSource final : public Source {
 public:
  // `read` gives input 0 to `count` - 1; `journal` may be nullptr.
  RowSource(SourceOptions options, size_t count, std::function<Item(size_t)> read,
            std::unique_ptr<Journal> journal)
      : options_(std::move(options)),
        count_(count),
        read_(std::move(read)),
        journal_(std::move(journal)),
        pacer_(options_.rate) {}

  std::optional<SourceFrame> Next() override {
    if (journal_ != nullptr) {
      seq_ = journal_->before().NextMissing(seq_);
    }
    const uint64_t round = seq_ / count_;
    if ((round > 0 && !options_.loop) || !pacer_.Wait(given_++)) {
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
  Journal* journal() override { return journal_.get(); }

 private:
  const SourceOptions options_;
  const size_t count_;
  const std::function<Item(size_t)> read_;
  const std::unique_ptr<Journal> journal_;
  Pacer pacer_;
  uint64_t seq_ = 0;
  uint64_t given_ = 0;  // frames since the start
};

// `names`: everything that names the inputs, in order. nullptr where no journal was asked for.
absl::StatusOr<std::unique_ptr<Journal>> OpenJournal(const SourceOptions& options, size_t count,
                                                     const std::string& names) {
  if (options.journal.empty()) {
    return nullptr;
  }
  const std::string path = std::filesystem::absolute(options.path).lexically_normal().string();
  std::string all(EnumNames(options.kind).at(static_cast<size_t>(options.kind)));
  for (const std::string& part : {options.name, path, names}) {
    all += '\0' + part;
  }
  return Journal::Open(
      options.journal,
      {.digest = ToHex(Sha256(std::as_bytes(std::span(all)))), .count = count, .path = path});
}

absl::StatusOr<std::unique_ptr<Source>> OpenFiles(const SourceOptions& options,
                                                  std::span<const std::string_view> extensions) {
  ASSIGN_OR_RETURN(std::vector<InputFile> files, ListInputs(options.path, extensions));
  const size_t count = files.size();
  std::string names;
  for (const InputFile& file : files) {
    names += file.name + '\0';
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Journal> journal, OpenJournal(options, count, names));
  auto read = [files = std::move(files)](size_t index) {
    return Item{.name = files[index].name, .input = ReadInput(files[index].path)};
  };
  return std::make_unique<RowSource>(options, count, std::move(read), std::move(journal));
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
  ASSIGN_OR_RETURN(std::unique_ptr<Journal> journal,
                   OpenJournal(options, count, fmt::format("{}[{}]", name, count)));
  auto read = [array, name](size_t index) {
    return Item{.name = fmt::format("{}[{}]", name, index),
                .input = SourceInput(Row(array, index))};
  };
  return std::make_unique<RowSource>(options, count, std::move(read), std::move(journal));
}

absl::StatusOr<std::unique_ptr<Source>> OpenSeries(const SourceOptions& options) {
  const WindowOptions& window = options.window;
  ASSIGN_OR_RETURN(CsvSeries read,
                   ReadCsv(options.path, {.names = window.columns, .header = window.header}));
  const auto series = std::make_shared<const CsvSeries>(std::move(read));
  const auto rows = static_cast<size_t>(window.rows);
  const size_t hop = window.hop == 0 ? rows : static_cast<size_t>(window.hop);
  if (series->rows() < rows) {
    return InvalidArgument("{}: has {} rows, a window takes {}", options.path, series->rows(),
                           rows);
  }
  const size_t count = (series->rows() - rows) / hop + 1;
  const std::string name = options.path.substr(options.path.rfind('/') + 1);
  const auto name_of = [=](size_t index) {
    return fmt::format("{}[{}:{}]", name, index * hop, index * hop + rows);
  };
  const std::string identity =
      fmt::format("{} {} {} {}", fmt::join(window.columns, ","), rows, hop, name_of(count - 1));
  ASSIGN_OR_RETURN(std::unique_ptr<Journal> journal, OpenJournal(options, count, identity));
  const bool time_first = window.layout == WindowLayout::kTimeColumns;
  auto read_window = [=](size_t index) {
    absl::StatusOr<Tensor> tensor = WindowOf(*series, {index * hop, rows}, time_first);
    return Item{
        .name = name_of(index),
        .input = tensor.ok() ? absl::StatusOr<SourceInput>(*std::move(tensor)) : tensor.status()};
  };
  return std::make_unique<RowSource>(options, count, std::move(read_window), std::move(journal));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Source>> OpenSource(const SourceOptions& options,
                                                   const MqttBroker& broker) {
  switch (options.kind) {
    case SourceKind::kImages:
      return OpenFiles(options, kImageExtensions);
    case SourceKind::kNpy: {
      const bool is_array = options.path.ends_with(".npy") && !HasWildcard(options.path);
      return is_array ? OpenArray(options) : OpenFiles(options, kArrayExtensions);
    }
    case SourceKind::kCsv:
      return OpenSeries(options);
    case SourceKind::kStdin:
      return OpenPathSource(options, STDIN_FILENO);
    case SourceKind::kMqtt:
      return OpenMqttSource(options, broker);
    case SourceKind::kVideo:
      return OpenVideoFile(options);
    case SourceKind::kCamera:
      return OpenCamera(options);
    case SourceKind::kNone:
      return std::make_unique<NoSource>();
  }
  return Internal("source {}: no such kind", options.name);
}

}  // namespace tideline
