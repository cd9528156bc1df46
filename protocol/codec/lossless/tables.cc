#include "protocol/codec/lossless/tables.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <zstd.h>

#include "common/base/hash.h"
#include "protocol/codec/lossless/context_bytes.h"
#include "protocol/codec/lossless/default_contexts.h"
#include "protocol/codec/lossless/dense_stream.h"
#include "protocol/codec/lossless/tables_content.h"

// magic (4) | version | levels - 1 | flags | 0 | channels (4)
// | one zstd frame of a fixed size | CRC-32 of all before it (4).
namespace tideline {
namespace {

using lossless::ChannelModel;
using lossless::Contexts;
using lossless::kContextSets;

constexpr std::array<char, 4> kMagic = {'T', 'L', 'L', 'T'};
constexpr uint8_t kTablesVersion = 2;
constexpr uint8_t kModelledFlag = 1;  // channels have models
constexpr size_t kHeaderBytes = 12;
constexpr size_t kCheckBytes = 4;
constexpr size_t kChannelBytes = 17 + 4 * lossless::kMaxReferences;
constexpr int kTablesZstdLevel = 19;

// Little-endian numbers one after another.
class Writer {
 public:
  template <typename T>
  void Put(T value) {
    for (size_t i = 0; i < sizeof(T); ++i) {
      bytes_.push_back(static_cast<char>(static_cast<uint64_t>(value) >> (8 * i)));
    }
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

// The caller has checked that there are enough of them.
class Reader {
 public:
  explicit Reader(const std::byte* next) : next_(next) {}
  template <typename T>
  T Take() {
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof(T); ++i) {
      value |= static_cast<uint64_t>(*next_++) << (8 * i);
    }
    return static_cast<T>(value);
  }

 private:
  const std::byte* next_;
};

void PutChannel(const ChannelModel& channel, Writer& out) {
  for (const int16_t weight :
       {channel.left, channel.above, channel.above_left, channel.above_right}) {
    out.Put(weight);
  }
  out.Put(channel.bias);
  out.Put(channel.start);
  out.Put(channel.error);
  out.Put(channel.references);
  for (const lossless::Reference& reference : channel.reference) {
    out.Put(reference.channel);
    out.Put(reference.weight);
  }
}

absl::StatusOr<ChannelModel> TakeChannel(Reader& in, uint64_t index) {
  ChannelModel channel;
  for (int16_t* weight :
       {&channel.left, &channel.above, &channel.above_left, &channel.above_right}) {
    *weight = in.Take<int16_t>();
  }
  channel.bias = in.Take<int32_t>();
  channel.start = in.Take<int16_t>();
  channel.error = in.Take<uint16_t>();
  channel.references = in.Take<uint8_t>();
  for (lossless::Reference& reference : channel.reference) {
    reference.channel = in.Take<uint16_t>();
    reference.weight = in.Take<int16_t>();
  }
  const auto used = std::span(channel.reference)
                        .first(std::min<size_t>(channel.references, lossless::kMaxReferences));
  const bool sound =
      channel.references <= lossless::kMaxReferences && std::abs(channel.start) <= 255 &&
      channel.bias >= -lossless::kMaxBias && channel.bias <= lossless::kMaxBias &&
      channel.error <= lossless::kMaxError &&
      std::ranges::all_of(used, [&](const auto& reference) { return reference.channel < index; });
  if (!sound) {
    return DataLoss("lossless tables: the model of channel {} is out of range", index);
  }
  return channel;
}

// Contexts before the samples, as the trainer begins with them.
void SetDefaults(int levels, std::array<Contexts, kContextSets>& all) {
  for (const bool progressive : {false, true}) {
    const std::vector<int> shifts = lossless::LayerShifts(levels, progressive);
    for (size_t i = 0; i < shifts.size(); ++i) {
      all[lossless::ContextSet(i, shifts.size())] =
          lossless::DefaultContexts(lossless::FewValues(levels, lossless::LayerAt(shifts, i)));
    }
  }
}

}  // namespace

Bytes lossless::Serialize(const LosslessTables::Content& content) {
  Writer body;
  for (const ChannelModel& channel : content.dense.channels) {
    PutChannel(channel, body);
  }
  for (const Contexts& contexts : content.dense.contexts) {
    lossless::AppendContexts(contexts, body.bytes());
  }

  Writer out;
  out.bytes().assign(kMagic.data(), kMagic.size());
  out.Put(kTablesVersion);
  out.Put(static_cast<uint8_t>(content.levels - 1));
  out.Put(static_cast<uint8_t>(content.dense.channels.empty() ? 0 : kModelledFlag));
  out.Put(uint8_t{0});
  out.Put(static_cast<uint32_t>(content.channels));
  std::string frame(ZSTD_compressBound(body.bytes().size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), body.bytes().data(), body.bytes().size(),
                             kTablesZstdLevel));
  out.bytes() += frame;
  out.Put(Crc32(std::as_bytes(std::span(out.bytes()))));
  return Bytes::Own(std::move(out.bytes()));
}

LosslessTables::LosslessTables(std::unique_ptr<const Content> content)
    : content_(std::move(content)) {}
LosslessTables::~LosslessTables() = default;

bool LosslessTables::Suits(const SymbolFormat& format) const {
  return content_->levels == format.levels && content_->channels == format.channels;
}

absl::StatusOr<std::shared_ptr<const LosslessTables>> LosslessTables::Parse(
    std::span<const std::byte> bytes) {
  if (bytes.size() > kMaxTablesBytes) {
    return ResourceExhausted("lossless tables: {} bytes, at most {} are read", bytes.size(),
                             kMaxTablesBytes);
  }
  if (bytes.size() < kHeaderBytes + kCheckBytes ||
      std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    return DataLoss("lossless tables: these bytes are none");
  }
  if (static_cast<uint8_t>(bytes[4]) != kTablesVersion) {
    return Unimplemented("lossless tables: version {}, this program reads {}",
                         static_cast<int>(bytes[4]), kTablesVersion);
  }
  const auto checked = bytes.first(bytes.size() - kCheckBytes);
  if (Reader(bytes.data() + checked.size()).Take<uint32_t>() != Crc32(checked)) {
    return DataLoss("lossless tables: the bytes do not match their CRC-32");
  }
  Reader header(bytes.data() + kMagic.size() + 1);
  auto content = std::make_unique<Content>();
  content->levels = header.Take<uint8_t>() + 1;
  const auto flags = header.Take<uint8_t>();
  const auto reserved = header.Take<uint8_t>();
  content->channels = header.Take<uint32_t>();
  const uint64_t modelled = (flags & kModelledFlag) != 0 ? content->channels : 0;
  if (content->levels < 2 || (flags & ~kModelledFlag) != 0 || reserved != 0 ||
      modelled > lossless::kMaxModelledChannels) {
    return DataLoss("lossless tables: {} levels, {} channels, flags {:#x}", content->levels,
                    content->channels, flags);
  }
  std::vector<std::byte> body(modelled * kChannelBytes + kContextSets * lossless::kContextBytes);
  const auto frame = checked.subspan(kHeaderBytes);
  if (ZSTD_decompress(body.data(), body.size(), frame.data(), frame.size()) != body.size()) {
    return DataLoss("lossless tables: their content is not {} bytes", body.size());
  }
  Reader in(body.data());
  for (uint64_t i = 0; i < modelled; ++i) {
    ASSIGN_OR_RETURN(const ChannelModel channel, TakeChannel(in, i));
    content->dense.channels.push_back(channel);
  }
  SetDefaults(content->levels, content->dense.contexts);
  std::span<const std::byte> rest = std::span(body).subspan(modelled * kChannelBytes);
  for (Contexts& contexts : content->dense.contexts) {
    RETURN_IF_ERROR(lossless::ReadContexts(rest.first(lossless::kContextBytes), contexts));
    rest = rest.subspan(lossless::kContextBytes);
  }
  return std::shared_ptr<const LosslessTables>(new LosslessTables(std::move(content)));
}

}  // namespace tideline
