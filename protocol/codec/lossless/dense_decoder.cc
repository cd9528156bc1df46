#include "protocol/codec/lossless/dense_decoder.h"

#include <algorithm>

#include "common/base/hash.h"
#include "protocol/codec/lossless/default_contexts.h"
#include "protocol/codec/lossless/range_reader.h"
#include "protocol/codec/lossless/tables_content.h"

namespace tideline::lossless {

DenseDecoder::DenseDecoder(const SymbolFormat& format, const LosslessOptions& options)
    : format_(format), options_(options) {
  if (options.tables != nullptr) {
    model_ = &options.tables->content().dense;
  }
  values_.resize(format.count());
  symbols_.resize(format.count());
}

absl::Status DenseDecoder::Feed(std::span<const std::byte> bytes) {
  RETURN_IF_ERROR(failure_);
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  if (!header_read_) {
    failure_ = ReadHeader();
  }
  while (failure_.ok() && header_read_ && !complete()) {
    const absl::StatusOr<bool> some = ReadUnits();
    failure_ = some.status();
    if (!some.ok() || !*some) {
      break;
    }
  }
  if (failure_.ok() && complete() && buffer_.size() - taken_ > kCheckBytes) {
    failure_ = DataLoss("dense: {} bytes after the end", buffer_.size() - taken_ - kCheckBytes);
  }
  return failure_;
}

absl::Status DenseDecoder::ReadHeader() {
  if (buffer_.empty()) {
    return absl::OkStatus();
  }
  const auto first = static_cast<uint8_t>(buffer_[0]);
  if ((first & (kVersionMask | kDenseFlag)) != (kVersion | kDenseFlag)) {
    return DataLoss("dense: the stream begins with {:#04x}, which is not version {}", first,
                    kVersion);
  }
  if (((first & kTablesFlag) != 0) != (model_ != nullptr)) {
    return DataLoss("dense: the stream was made {} tables, the decoder has {}",
                    model_ == nullptr ? "with" : "without", model_ == nullptr ? "none" : "some");
  }
  size_t size = 1;
  if ((first & kSlicedFlag) != 0) {
    const std::span<const std::byte> bytes(buffer_);
    for (uint64_t* number : {&slicing_.images, &slicing_.bands}) {
      const std::optional<Varint> varint = ReadVarint(bytes.subspan(size));
      if (!varint) {
        return absl::OkStatus();
      }
      *number = varint->value;
      size += varint->size;
    }
  } else {
    slicing_ = {.images = format_.images};
  }
  if (!IsSound(slicing_, format_)) {
    return DataLoss("dense: slices of {} images or 1/{} image, for {} images of {} rows",
                    slicing_.images, slicing_.bands, format_.images, format_.rows);
  }
  shifts_ = LayerShifts(format_.levels, (first & kProgressiveFlag) != 0);
  header_read_ = true;
  Take(size);
  return absl::OkStatus();
}

void DenseDecoder::Take(size_t bytes) {
  check_ = Crc32(std::span(buffer_).subspan(taken_, bytes), check_);
  taken_ += bytes;
}

absl::StatusOr<bool> DenseDecoder::ReadUnits() {
  std::vector<Unit> units;
  const uint64_t slices = slicing_.count(format_);
  while (slice_ < slices) {
    const std::span<const std::byte> rest = std::span<const std::byte>(buffer_).subspan(taken_);
    const std::optional<Varint> length = ReadVarint(rest);
    if (length && (length->damaged || length->value > MaxEncodedBytes(format_))) {
      return DataLoss("dense: a slice of {} bytes", length->value);
    }
    if (!length || rest.size() - length->size < length->value) {
      break;
    }
    units.push_back({slice_, rest.subspan(length->size, length->value)});
    Take(length->size + length->value);
    ++slice_;
  }
  DecodeUnits(units);
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<ptrdiff_t>(taken_));
  taken_ = 0;
  if (slice_ == slices) {
    slice_ = 0;
    ++layer_;
    return true;
  }
  return false;
}

void DenseDecoder::DecodeUnits(std::span<const Unit> units) {
  const size_t lanes = std::min<size_t>(units.size(), std::max(options_.threads, 1));
  while (lanes_.size() < lanes) {
    lanes_.push_back(std::make_unique_for_overwrite<Lane>());
  }
  ParallelFor(lanes, options_.threads, [&](uint64_t lane) {
    for (size_t i = lane; i < units.size(); i += lanes) {
      Decode(units[i], *lanes_[lane]);
    }
  });
}

void DenseDecoder::Decode(const Unit& unit, Lane& lane) {
  SliceJob job{.format = &format_,
               .slicing = slicing_,
               .slice = unit.slice,
               .layer = LayerAt(shifts_, layer_),
               .values = values_};
  const int set = ContextSet(layer_, shifts_.size());
  const Contexts* contexts = &DefaultContexts(FewValues(format_.levels, job.layer));
  if (model_ != nullptr) {
    job.channels = model_->channels;
    contexts = &model_->contexts[set];
  }
  CopyReached(*contexts, format_.levels, /*one_pass=*/set == 0, lane.contexts);
  RangeReader coder({reinterpret_cast<const uint8_t*>(unit.coded.data()), unit.coded.size()},
                    kLimit);
  CodeSlice(coder, job, lane.contexts, lane.workspace);
}

void DenseDecoder::WriteSymbols() {
  for (uint64_t slice = 0; slice < slicing_.count(format_); ++slice) {
    for (uint64_t index = 0;; ++index) {
      const auto place = PlaceOf(format_, slicing_, slice, index);
      if (!place) {
        break;
      }
      ToSymbols(values_, format_, *place, symbols_);
    }
  }
}

absl::StatusOr<std::span<const uint8_t>> DenseDecoder::Finish() {
  RETURN_IF_ERROR(failure_);
  if (!complete() || buffer_.size() < kCheckBytes) {
    return DataLoss("dense: the stream ends early, in layer {} of {}", layer_ + 1,
                    std::max<size_t>(shifts_.size(), 1));
  }
  uint32_t check = 0;
  for (size_t i = 0; i < kCheckBytes; ++i) {
    check |= static_cast<uint32_t>(buffer_[i]) << (8 * i);
  }
  WriteSymbols();
  if (check != Crc32(std::as_bytes(std::span(symbols_)), check_)) {
    return DataLoss("dense: the symbols do not match their check");
  }
  return symbols_;
}

absl::StatusOr<SymbolPrefix> DenseDecoder::Prefix() {
  RETURN_IF_ERROR(failure_);
  if (!header_read_ || layer_ == 0) {
    return Unavailable("dense: no layer of the stream has come whole");
  }
  WriteSymbols();
  return SymbolPrefix{symbols_, (1 << shifts_[layer_ - 1]) - 1};
}

}  // namespace tideline::lossless
