#include <algorithm>
#include <array>
#include <cstring>

#include "protocol/messages.h"
#include "protocol/messages_check.h"
#include "tideline_generated.h"

namespace tideline::wire {
namespace {

constexpr flatbuffers::uoffset_t kMaxDepth = 16;
constexpr flatbuffers::uoffset_t kMaxTables = 256;

// The verifier has passed: required fields are there and every offset lies inside the buffer. Lists
// are as long as the header allows at most; the limits come after (CheckLimits).

VersionRange FromWire(const fb::VersionRange& range) { return {range.min(), range.max()}; }

Sha256Digest FromWire(const fb::Digest& digest) {
  Sha256Digest copy;
  std::memcpy(copy.data(), digest.bytes()->data(), copy.size());
  return copy;
}

// The verifier looks at the alignment of a list's length, not at that of its elements, which a
// hostile sender chooses: so they are copied as bytes.
template <typename T>
std::vector<T> FromWire(const flatbuffers::Vector<T>& list) {
  std::vector<T> copy(list.size());
  if (!copy.empty()) {
    std::memcpy(copy.data(), list.Data(), copy.size() * sizeof(T));
  }
  std::transform(copy.begin(), copy.end(), copy.begin(), flatbuffers::EndianScalar<T>);
  return copy;
}

// One that may be left out.
std::vector<uint64_t> IdsFromWire(const flatbuffers::Vector<uint64_t>* list) {
  return list != nullptr ? FromWire(*list) : std::vector<uint64_t>();
}

std::vector<EncodedTensor> FromWire(
    const flatbuffers::Vector<flatbuffers::Offset<fb::Tensor>>& tables) {
  std::vector<EncodedTensor> tensors;
  for (const fb::Tensor* table : tables) {
    EncodedTensor& tensor = tensors.emplace_back();
    tensor.dtype = static_cast<DType>(table->dtype());
    tensor.shape = FromWire(*table->shape());
    tensor.strides = FromWire(*table->strides());
    tensor.codec.quantizer = static_cast<Quantizer>(table->quantizer());
    tensor.codec.level = static_cast<Level>(table->level());
    tensor.codec.jpeg_quality = table->jpeg_quality();
    tensor.scale = table->scale();
    tensor.zero_point = table->zero_point();
    tensor.encoded_bytes = table->encoded_bytes();
    tensor.codec.levels = table->levels();
    tensor.parameters = table->parameters();
  }
  return tensors;
}

Header FromWire(const fb::Hello& table) {
  Hello hello;
  hello.session = table.session();
  hello.protocol = FromWire(*table.protocol());
  hello.codec = FromWire(*table.codec());
  hello.frontier_rule = FromWire(*table.frontier_rule());
  hello.edge = table.edge()->str();
  hello.isa = table.isa()->str();
  for (const fb::ModelIdentity* model : *table.models()) {
    hello.models.push_back({.name = model->name()->str(),
                            .version = model->version(),
                            .sha256 = FromWire(*model->sha256()),
                            .frontier_hash = FromWire(*model->frontier_hash()),
                            .parameters = IdsFromWire(model->parameters())});
  }
  hello.max_tensor = table.max_tensor();
  return hello;
}

Header FromWire(const fb::Welcome& table) {
  Welcome welcome;
  welcome.session = table.session();
  welcome.protocol = table.protocol();
  welcome.codec = table.codec();
  welcome.frontier_rule = table.frontier_rule();
  welcome.cloud = table.cloud()->str();
  welcome.isa = table.isa()->str();
  for (const fb::ModelStatus* model : *table.models()) {
    welcome.models.push_back({static_cast<ModelState>(model->state()), model->reason()->str(),
                              IdsFromWire(model->parameters())});
  }
  welcome.max_tensor = table.max_tensor();
  welcome.max_inflight = table.max_inflight();
  welcome.heartbeat_ms = table.heartbeat_ms();
  return welcome;
}

Header FromWire(const fb::Request& table) {
  return Request{.id = table.id(),
                 .model = table.model(),
                 .cut = table.cut()->str(),
                 .budget_ms = table.budget_ms(),
                 .tensors = FromWire(*table.tensors()),
                 .open = table.open()};
}

Header FromWire(const fb::Chunk& table) {
  return Chunk{table.request(), table.tensor(), table.offset(), table.crc32()};
}

Header FromWire(const fb::Ack& table) { return Ack{table.bytes(), table.received_us()}; }

Header FromWire(const fb::Result& table) {
  return Result{.request = table.request(),
                .decode_us = table.decode_us(),
                .queue_us = table.queue_us(),
                .tail_us = table.tail_us(),
                .busy_us = table.busy_us(),
                .batch = table.batch(),
                .tensors = FromWire(*table.tensors()),
                .tolerance = table.tolerance()};
}

Header FromWire(const fb::Refusal& table) {
  return Refusal{table.request(), table.code(), table.retry_after_ms(), table.reason()->str()};
}

Header FromWire(const fb::Cancel& table) { return Cancel{table.request()}; }

Header FromWire(const fb::Heartbeat& table) {
  return Heartbeat{table.sent_us(), table.echo(), table.queue_requests(), table.queue_us()};
}

Header FromWire(const fb::End& table) {
  return End{table.request(), FromWire(*table.bytes()), table.cut_short()};
}

Header FromWire(const fb::ProfileRequest& table) {
  return ProfileRequest{table.request(), table.model()};
}

absl::StatusOr<Header> FromWire(const fb::Header& header) {
  switch (header.body_type()) {
    case fb::Body::Hello:
      return FromWire(*header.body_as_Hello());
    case fb::Body::Welcome:
      return FromWire(*header.body_as_Welcome());
    case fb::Body::Request:
      return FromWire(*header.body_as_Request());
    case fb::Body::Chunk:
      return FromWire(*header.body_as_Chunk());
    case fb::Body::Ack:
      return FromWire(*header.body_as_Ack());
    case fb::Body::Result:
      return FromWire(*header.body_as_Result());
    case fb::Body::Refusal:
      return FromWire(*header.body_as_Refusal());
    case fb::Body::Cancel:
      return FromWire(*header.body_as_Cancel());
    case fb::Body::Heartbeat:
      return FromWire(*header.body_as_Heartbeat());
    case fb::Body::Goodbye:
      return Goodbye{};
    case fb::Body::End:
      return FromWire(*header.body_as_End());
    case fb::Body::ProfileRequest:
      return FromWire(*header.body_as_ProfileRequest());
    case fb::Body::NONE:
      break;
  }
  return DataLoss("header: message type {} is not of this version (1 to {})",
                  static_cast<int>(header.body_type()), static_cast<int>(fb::Body::MAX));
}

}  // namespace

absl::StatusOr<Header> DecodeHeader(std::span<const std::byte> bytes) {
  if (bytes.empty() || bytes.size() > kMaxHeader) {
    return DataLoss("header has {} bytes, 1 to {} are allowed", bytes.size(), kMaxHeader);
  }
  // Frames of ZeroMQ have any alignment; FlatBuffers wants that of its largest scalar.
  alignas(16) std::array<uint8_t, kMaxHeader> aligned;
  std::memcpy(aligned.data(), bytes.data(), bytes.size());
  flatbuffers::Verifier verifier(aligned.data(), bytes.size(), kMaxDepth, kMaxTables);
  if (!fb::VerifyHeaderBuffer(verifier)) {
    return DataLoss("header of {} bytes is not a FlatBuffer '{}' of depth <= {} and <= {} tables",
                    bytes.size(), fb::HeaderIdentifier(), kMaxDepth, kMaxTables);
  }
  ASSIGN_OR_RETURN(Header header, FromWire(*fb::GetHeader(aligned.data())));
  RETURN_IF_ERROR(CheckLimits(header));
  return header;
}

}  // namespace tideline::wire
