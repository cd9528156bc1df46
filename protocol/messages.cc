#include "protocol/messages.h"

#include <algorithm>
#include <array>

#include "protocol/messages_check.h"
#include "tideline_generated.h"

namespace tideline::wire {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
using Text = Offset<flatbuffers::String>;
template <typename T>
using List = Offset<flatbuffers::Vector<Offset<T>>>;

constexpr size_t kAllReasons = 2048;  // bytes of the reasons of one welcome

fb::VersionRange ToWire(VersionRange range) { return {range.min, range.max}; }

fb::Digest ToWire(const Sha256Digest& digest) {
  return fb::Digest(flatbuffers::span<const uint8_t, 32>(digest));
}

Text AddText(FlatBufferBuilder& builder, std::string_view text) {
  return builder.CreateString(text.data(), text.size());
}

// Nothing where there are none.
Offset<flatbuffers::Vector<uint64_t>> AddIds(FlatBufferBuilder& builder,
                                             const std::vector<uint64_t>& ids) {
  return ids.empty() ? 0 : builder.CreateVector(ids);
}

List<fb::Tensor> AddTensors(FlatBufferBuilder& builder, const std::vector<EncodedTensor>& tensors) {
  std::vector<Offset<fb::Tensor>> offsets;
  for (const EncodedTensor& tensor : tensors) {
    const auto shape = builder.CreateVector(tensor.shape);
    const auto strides = builder.CreateVector(tensor.strides);
    fb::TensorBuilder table(builder);
    table.add_encoded_bytes(tensor.encoded_bytes);
    table.add_shape(shape);
    table.add_strides(strides);
    table.add_scale(tensor.scale);
    table.add_zero_point(tensor.zero_point);
    table.add_dtype(static_cast<uint8_t>(tensor.dtype));
    table.add_quantizer(static_cast<uint8_t>(tensor.codec.quantizer));
    table.add_level(static_cast<uint8_t>(tensor.codec.level));
    table.add_jpeg_quality(static_cast<uint8_t>(tensor.codec.jpeg_quality));
    table.add_levels(static_cast<uint16_t>(tensor.codec.levels));
    table.add_parameters(tensor.parameters);
    offsets.push_back(table.Finish());
  }
  return builder.CreateVector(offsets);
}

List<fb::ModelIdentity> AddModels(FlatBufferBuilder& builder,
                                  const std::vector<ModelIdentity>& models) {
  std::vector<Offset<fb::ModelIdentity>> offsets;
  for (const ModelIdentity& model : models) {
    const fb::Digest sha256 = ToWire(model.sha256);
    const fb::Digest frontier_hash = ToWire(model.frontier_hash);
    offsets.push_back(fb::CreateModelIdentity(builder, AddText(builder, model.name), model.version,
                                              &sha256, &frontier_hash,
                                              AddIds(builder, model.parameters)));
  }
  return builder.CreateVector(offsets);
}

List<fb::ModelStatus> AddStates(FlatBufferBuilder& builder,
                                const std::vector<ModelStatus>& models) {
  std::vector<Offset<fb::ModelStatus>> offsets;
  for (const ModelStatus& model : models) {
    offsets.push_back(fb::CreateModelStatus(builder, static_cast<uint8_t>(model.state),
                                            AddText(builder, model.reason),
                                            AddIds(builder, model.parameters)));
  }
  return builder.CreateVector(offsets);
}

// Writes the message's table and returns its type and place in the union.
struct Writer {
  FlatBufferBuilder& builder;
  using Body = std::pair<fb::Body, Offset<void>>;

  Body operator()(const Hello& hello) {
    const auto edge = AddText(builder, hello.edge);
    const auto isa = AddText(builder, hello.isa);
    const auto models = AddModels(builder, hello.models);
    const fb::VersionRange protocol = ToWire(hello.protocol);
    const fb::VersionRange codec = ToWire(hello.codec);
    const fb::VersionRange frontier_rule = ToWire(hello.frontier_rule);
    return {fb::Body::Hello, fb::CreateHello(builder, hello.session, &protocol, &codec,
                                             &frontier_rule, edge, isa, models, hello.max_tensor)
                                 .Union()};
  }
  Body operator()(const Welcome& welcome) {
    const auto cloud = AddText(builder, welcome.cloud);
    const auto isa = AddText(builder, welcome.isa);
    const auto models = AddStates(builder, welcome.models);
    return {fb::Body::Welcome,
            fb::CreateWelcome(builder, welcome.session, welcome.protocol, welcome.codec,
                              welcome.frontier_rule, cloud, isa, models, welcome.max_tensor,
                              welcome.max_inflight, welcome.heartbeat_ms)
                .Union()};
  }
  Body operator()(const Request& request) {
    const auto cut = AddText(builder, request.cut);
    const auto tensors = AddTensors(builder, request.tensors);
    return {fb::Body::Request, fb::CreateRequest(builder, request.id, request.model, cut,
                                                 request.budget_ms, tensors, request.open)
                                   .Union()};
  }
  Body operator()(const Chunk& chunk) {
    return {
        fb::Body::Chunk,
        fb::CreateChunk(builder, chunk.request, chunk.tensor, chunk.offset, chunk.crc32).Union()};
  }
  Body operator()(const Ack& ack) {
    return {fb::Body::Ack, fb::CreateAck(builder, ack.bytes, ack.received_us).Union()};
  }
  Body operator()(const Result& result) {
    const auto tensors = AddTensors(builder, result.tensors);
    return {fb::Body::Result, fb::CreateResult(builder, result.request, result.decode_us,
                                               result.queue_us, result.tail_us, result.busy_us,
                                               result.batch, tensors, result.tolerance)
                                  .Union()};
  }
  Body operator()(const Refusal& refusal) {
    const auto reason = AddText(builder, refusal.reason);
    return {fb::Body::Refusal, fb::CreateRefusal(builder, refusal.request, refusal.code,
                                                 refusal.retry_after_ms, reason)
                                   .Union()};
  }
  Body operator()(const Cancel& cancel) {
    return {fb::Body::Cancel, fb::CreateCancel(builder, cancel.request).Union()};
  }
  Body operator()(const Heartbeat& heartbeat) {
    return {fb::Body::Heartbeat, fb::CreateHeartbeat(builder, heartbeat.sent_us, heartbeat.echo,
                                                     heartbeat.queue_requests, heartbeat.queue_us)
                                     .Union()};
  }
  Body operator()(const Goodbye& /*goodbye*/) {
    return {fb::Body::Goodbye, fb::CreateGoodbye(builder).Union()};
  }
  Body operator()(const End& end) {
    const auto bytes = builder.CreateVector(end.bytes);
    return {fb::Body::End, fb::CreateEnd(builder, end.request, bytes, end.cut_short).Union()};
  }
  Body operator()(const ProfileRequest& profile) {
    return {fb::Body::ProfileRequest,
            fb::CreateProfileRequest(builder, profile.request, profile.model).Union()};
  }
};

// Texts for people are cut rather than refused: a refusal that cannot be sent helps nobody.
Header WithClippedReasons(const Header& header) {
  Header clipped = header;
  if (auto* refusal = std::get_if<Refusal>(&clipped)) {
    refusal->reason = ClipText(refusal->reason, kMaxText);
  } else if (auto* welcome = std::get_if<Welcome>(&clipped)) {
    const size_t share = kAllReasons / std::max(welcome->models.size(), size_t{1});
    for (ModelStatus& model : welcome->models) {
      model.reason = ClipText(model.reason, std::min(kMaxText, share));
    }
  }
  return clipped;
}

}  // namespace

absl::StatusOr<std::string> EncodeHeader(const Header& header) {
  const Header clipped = WithClippedReasons(header);
  RETURN_IF_ERROR(CheckLimits(clipped));
  FlatBufferBuilder builder(/*initial_size=*/512);
  const auto [type, body] = std::visit(Writer{builder}, clipped);
  fb::FinishHeaderBuffer(builder, fb::CreateHeader(builder, type, body));
  if (builder.GetSize() > kMaxHeader) {
    return InvalidArgument("{}: header has {} bytes, at most {} are allowed", Name(header),
                           builder.GetSize(), kMaxHeader);
  }
  return std::string(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
}

std::string_view Name(const Header& header) {
  constexpr std::array<std::string_view, std::variant_size_v<Header>> kNames = {
      "hello",   "welcome", "request",   "chunk",   "ack", "result",
      "refusal", "cancel",  "heartbeat", "goodbye", "end", "profile_request"};
  return kNames[header.index()];
}

}  // namespace tideline::wire
