#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/hash.h"
#include "protocol/messages.h"
#include "protocol/transport/transport.h"

namespace tideline {

// An edge whose messages a test writes one by one.
class HandEdge : public FrameHandler {
 public:
  explicit HandEdge(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {
    transport_->SetHandler(this);
  }
  ~HandEdge() override { transport_->SetHandler(nullptr); }

  void Send(const wire::Header& header, std::string payload = "") {
    absl::StatusOr<std::string> bytes = wire::EncodeHeader(header);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    SendRaw(*std::move(bytes), std::move(payload));
  }
  void SendRaw(std::string header, std::string payload = "") {
    const absl::Status status =
        transport_->Send(kServer, {std::move(header), Bytes::Own(std::move(payload))});
    ASSERT_TRUE(status.ok()) << status;
  }
  void SendChunk(uint64_t request, const std::string& payload, uint64_t offset = 0,
                 uint32_t crc_error = 0) {
    const uint32_t crc = Crc32(std::as_bytes(std::span(payload)));
    Send(wire::Chunk{.request = request, .offset = offset, .crc32 = crc ^ crc_error}, payload);
  }

  void OnFrame(const Peer& /*peer*/, Frame frame) override {
    absl::StatusOr<wire::Header> header =
        wire::DecodeHeader(std::as_bytes(std::span(frame.header)));
    ASSERT_TRUE(header.ok()) << header.status();
    if (std::holds_alternative<wire::Chunk>(*header)) {
      received_ += frame.payload.size();
      Send(wire::Ack{.bytes = received_, .received_us = 1});
    }
    headers_.push_back(*std::move(header));
  }
  void OnConnected() override { connected = true; }
  void OnDisconnected(const std::string& /*reason*/) override { connected = false; }

  // All messages of one kind that have come.
  template <typename Kind>
  std::vector<Kind> All() const {
    std::vector<Kind> found;
    for (const wire::Header& header : headers_) {
      if (const auto* message = std::get_if<Kind>(&header)) {
        found.push_back(*message);
      }
    }
    return found;
  }

  bool connected = false;

 private:
  std::unique_ptr<Transport> transport_;
  std::vector<wire::Header> headers_;
  uint64_t received_ = 0;
};

}  // namespace tideline
