#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "protocol/messages.h"
#include "protocol/transport/assembler.h"
#include "protocol/transport/chunk_sender.h"
#include "protocol/transport/transport.h"

namespace tideline {

// A small cloud for the tests of the client: it answers each request with the tensors that came,
// and misbehaves where a test tells it to. I/O thread only.
class EchoCloud : public FrameHandler {
 public:
  explicit EchoCloud(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {
    transport_->SetHandler(this);
  }
  ~EchoCloud() override { transport_->SetHandler(nullptr); }

  // What a test may change.
  bool silent = false;  // receives and says nothing
  bool answers = true;  // false: requests are taken and never answered
  std::function<void(wire::Welcome&)> edit_welcome;
  std::function<bool(const wire::Hello&)> on_hello;  // true: it has been dealt with
  std::function<bool(const wire::Request&)> on_request;
  std::string profile;  // what it answers each question for one with

  // What a test may look at.
  std::vector<wire::Hello> hellos;
  std::vector<wire::Request> requests;
  std::vector<uint64_t> cancels;
  std::vector<wire::End> ends;
  uint64_t received = 0;  // payload bytes
  int heartbeats = 0;
  int goodbyes = 0;
  PeerId peer = kServer;

  void Send(const wire::Header& header, Bytes payload = {}) {
    absl::StatusOr<std::string> bytes = wire::EncodeHeader(header);
    if (bytes.ok()) {
      transport_->Send(peer, {*std::move(bytes), std::move(payload)}).IgnoreError();
    }
  }
  void SendRaw(std::string header) {
    transport_->Send(peer, {std::move(header), {}}).IgnoreError();
  }
  void Refuse(uint64_t request, absl::StatusCode code, const char* reason) {
    Send(wire::Refusal{.request = request, .code = static_cast<uint8_t>(code), .reason = reason});
  }
  void Welcome(const wire::Hello& hello) {
    wire::Welcome welcome{.session = hello.session,
                          .protocol = hello.protocol.max,
                          .codec = wire::kCodecVersions.max,
                          .frontier_rule = hello.frontier_rule.max,
                          .cloud = "echo",
                          .isa = "AVX2",
                          .models = std::vector<wire::ModelStatus>(hello.models.size(),
                                                                   {wire::ModelState::kReady, ""}),
                          .max_tensor = uint64_t{64} << 20,
                          .max_inflight = uint64_t{256} << 20,
                          .heartbeat_ms = 200};
    if (edit_welcome) {
      edit_welcome(welcome);
    }
    Send(welcome);
  }
  // Answers an open request with `tensors`.
  void Answer(uint64_t request, std::vector<EncodedTensor> tensors, std::vector<Bytes> encoded) {
    assembler_.Drop(request);
    Send(wire::Result{.request = request, .tensors = std::move(tensors)});
    sender_.Add(clock_.Now(), request, std::move(encoded)).IgnoreError();
  }

 private:
  void OnFrame(const Peer& from, Frame frame) override {
    peer = from.id;
    absl::StatusOr<wire::Header> header =
        wire::DecodeHeader(std::as_bytes(std::span(frame.header)));
    if (silent) {
      return;
    }
    if (!header.ok()) {
      Refuse(0, header.status().code(), "not a header");
      return;
    }
    if (const auto* hello = std::get_if<wire::Hello>(&*header)) {
      OnHello(*hello);
    } else if (const auto* request = std::get_if<wire::Request>(&*header)) {
      OnRequest(*request);
    } else if (const auto* chunk = std::get_if<wire::Chunk>(&*header)) {
      OnChunk(*chunk, frame.payload);
    } else if (const auto* end = std::get_if<wire::End>(&*header)) {
      OnEnd(*end);
    } else if (const auto* question = std::get_if<wire::ProfileRequest>(&*header)) {
      Answer(question->request,
             {{.dtype = DType::kUInt8,
               .shape = {static_cast<int64_t>(profile.size())},
               .strides = {1},
               .codec = {Quantizer::kFp32, Level::kStored},
               .encoded_bytes = profile.size()}},
             {Bytes::Own(profile)});
    } else if (const auto* ack = std::get_if<wire::Ack>(&*header)) {
      sender_.OnAck(clock_.Now(), *ack).IgnoreError();
    } else if (const auto* cancel = std::get_if<wire::Cancel>(&*header)) {
      cancels.push_back(cancel->request);
      sender_.Cancel(cancel->request);
      assembler_.Drop(cancel->request);
    } else if (const auto* heartbeat = std::get_if<wire::Heartbeat>(&*header)) {
      ++heartbeats;
      if (heartbeat->sent_us != 0) {
        Send(wire::Heartbeat{.echo = heartbeat->sent_us, .queue_us = 1234});
      }
    } else if (std::holds_alternative<wire::Goodbye>(*header)) {
      ++goodbyes;
    }
  }

  void OnHello(const wire::Hello& hello) {
    if (hellos.empty() || !wire::SameSession(hellos.back().session, hello.session)) {
      assembler_.Reset();
      sender_.Reset();
      open_.clear();
    }
    hellos.push_back(hello);
    if (!on_hello || !on_hello(hello)) {
      Welcome(hello);
    }
  }

  void OnRequest(const wire::Request& request) {
    requests.push_back(request);
    if (on_request && on_request(request)) {
      assembler_.Drop(request.id);
      return;
    }
    if (const absl::Status status = assembler_.Begin(request.id, request.tensors, request.open);
        !status.ok()) {
      Refuse(request.id, status.code(), "not begun");
      return;
    }
    open_[request.id] = request.tensors;
  }

  void OnChunk(const wire::Chunk& chunk, const Bytes& payload) {
    auto added = assembler_.Add(chunk, payload);
    received = assembler_.received();
    Send(assembler_.Acknowledge(clock_.Now()));
    if (!added.ok()) {
      Refuse(open_.contains(chunk.request) ? chunk.request : 0, added.status().code(), "bad chunk");
      open_.erase(chunk.request);
    } else if (added->has_value() && answers) {
      Answer(chunk.request, open_[chunk.request], **std::move(added));
      open_.erase(chunk.request);
    }
  }

  // Answers with what has come, as tensors of that size.
  void OnEnd(const wire::End& end) {
    ends.push_back(end);
    auto come = assembler_.End(end);
    if (!come.ok() || !come->has_value()) {
      Refuse(end.request, come.status().code(), "bad end");
      return;
    }
    std::vector<EncodedTensor> tensors = open_[end.request];
    for (size_t i = 0; i < tensors.size(); ++i) {
      tensors[i].encoded_bytes = (**come)[i].size();
    }
    Answer(end.request, std::move(tensors), **std::move(come));
    open_.erase(end.request);
  }

  std::unique_ptr<Transport> transport_;
  SystemClock clock_;
  std::map<uint64_t, std::vector<EncodedTensor>> open_;
  Assembler assembler_{{}};
  ChunkSender sender_{[this](const wire::Chunk& chunk, Bytes payload) -> absl::Status {
                        ASSIGN_OR_RETURN(std::string bytes, wire::EncodeHeader(chunk));
                        return transport_->Send(peer, {std::move(bytes), std::move(payload)});
                      },
                      uint64_t{1} << 30};
};

}  // namespace tideline
