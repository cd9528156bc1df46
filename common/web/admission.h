#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "common/web/message.h"
#include "common/web/router.h"

namespace tideline {

// What is known of a request when its headers are read.
struct RequestHead {
  std::string method;  // as it came
  std::string target;
  int version = 11;                        // 10 or 11
  std::optional<uint64_t> content_length;  // bytes
  bool chunked = false;
  // How often these came; what they say is in the request's headers.
  size_t hosts = 0;
  size_t transfer_encodings = 0;

  bool HasBody() const { return chunked || content_length.value_or(0) > 0; }
};

// What every request to a server is held against.
struct AdmissionRules {
  std::string bound;  // the address that the server listens on
  bool loopback = true;
  std::string token;  // "": none
  uint64_t max_body = 0;
};

struct Admission {
  const Route* route = nullptr;
  uint64_t max_body = 0;  // bytes
  bool wants_continue = false;
};

// Whether a request may go on, before its body is read; fills path, query, parameters and has_token
// of `request`, whose headers are set. Pure. The response says why not.
std::variant<Admission, WebResponse> Admit(const RequestHead& head, const Router& router,
                                           const AdmissionRules& rules, WebRequest& request);

}  // namespace tideline
