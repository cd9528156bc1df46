#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/time/time.h"

#include "common/base/bytes.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/inference/infer_request.h"
#include "common/inference/infer_response.h"
#include "common/model/served_model.h"
#include "common/tensor/tensor.h"
#include "common/web/responder.h"

namespace tideline {

// A request that was read and is for a model that is there.
struct InferCall {
  std::shared_ptr<const ServedModel> model;
  // A JPEG or PNG file, or a tensor; whether that fits the network is not checked.
  std::variant<Bytes, Tensor> input;
  uint64_t number = 0;                     // of those that were read, from 0
  std::string id;                          // its own, or "http/NUMBER"
  std::string traceparent;                 // as it came with it; "" = none
  std::optional<absl::Duration> deadline;  // from `arrived`
  MonotonicTime arrived;                   // it was read whole then
  uint64_t bytes = 0;                      // of its body
  std::shared_ptr<void> place;             // what InferHost::Admit gave
};

// The way back to whoever asked, for one answer; the first one counts. Copies share it.
// Thread-safe.
class InferReply {
 public:
  InferReply(Responder responder, InferRequest asked);

  // Writes the answer as it was asked for, which takes as long as the outputs are large.
  void operator()(const InferAnswer& answer) const;
  void operator()(const absl::Status& error) const;

  // Whether nobody waits for it any more. I/O thread only.
  bool IsUnwanted() const { return responder_.IsUnwanted(); }

 private:
  Responder responder_;
  std::shared_ptr<const InferRequest> asked_;
};

// Who computes what is asked for over HTTP.
class InferHost {
 public:
  virtual ~InferHost() = default;

  // Whether a request with a body of `bytes` may be read at all. What it gives lives as long as the
  // call. I/O thread only. Errors: what the request is answered with.
  virtual absl::StatusOr<std::shared_ptr<void>> Admit(uint64_t bytes) = 0;

  // The model of that name; "" is any version. Thread-safe. Errors: NotFound, Unavailable.
  virtual absl::StatusOr<std::shared_ptr<const ServedModel>> Find(std::string_view name,
                                                                  std::string_view version) = 0;

  // Has it computed and calls `reply`, now or later. Thread-safe; never blocks.
  virtual void Compute(InferCall call, InferReply reply) = 0;
};

}  // namespace tideline
