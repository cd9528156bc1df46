#include "common/web/admission.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/match.h"

#include "common/base/strings.h"
#include "common/web/guard.h"

namespace tideline {
namespace {

constexpr std::array<std::string_view, 7> kMethods{"GET",   "HEAD",   "POST",   "PUT",
                                                   "PATCH", "DELETE", "OPTIONS"};

bool Is(std::string_view value, std::string_view wanted) {
  return absl::EqualsIgnoreCase(ToAbsl(value), ToAbsl(wanted));
}

bool ChangesSomething(std::string_view method) { return method != "GET" && method != "OPTIONS"; }

// The host that is asked for is this one, and so is the page that asks.
std::optional<WebResponse> CheckOrigin(const RequestHead& head, const AdmissionRules& rules,
                                       std::string_view authority, const WebRequest& request) {
  if (head.hosts > 1 || (head.hosts == 0 && head.version >= 11)) {
    return ErrorResponse(400, "a request has one Host header");
  }
  const std::string_view host = authority.empty() ? request.Header("host") : authority;
  if (rules.loopback && !host.empty() && !IsOwnHost(host, rules.bound)) {
    return ErrorResponse(403, "Host: this server is only for names of this machine");
  }
  if (ChangesSomething(request.method)) {
    const std::string_view origin = request.Header("origin");
    if ((!origin.empty() && !IsOwnOrigin(origin, host)) ||
        request.Header("sec-fetch-site") == "cross-site") {
      return ErrorResponse(403, "Origin: pages of another server may not change anything here");
    }
  }
  return std::nullopt;
}

std::optional<WebResponse> CheckRoute(const Router::Match& match, const AdmissionRules& rules,
                                      WebRequest& request) {
  if (match.route == nullptr) {
    if (match.allow.empty()) {
      return ErrorResponse(404, "there is no " + request.path);
    }
    WebResponse response = ErrorResponse(405, request.path + " accepts " + match.allow);
    response.headers.emplace_back("Allow", match.allow);
    return response;
  }
  request.has_token =
      !rules.token.empty() && HasToken(request.Header("authorization"), rules.token);
  if (match.route->options.access == Access::kToken && !rules.token.empty() && !request.has_token) {
    WebResponse response = ErrorResponse(401, "needs the header 'Authorization: Bearer TOKEN'");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  return std::nullopt;
}

std::optional<WebResponse> CheckBody(const RequestHead& head, const RouteOptions& route,
                                     uint64_t max_body, const WebRequest& request) {
  const std::string_view encoding = request.Header("transfer-encoding");
  if (head.transfer_encodings > 1 || (!encoding.empty() && !Is(encoding, "chunked"))) {
    return ErrorResponse(501, "Transfer-Encoding: only chunked is understood");
  }
  const std::string_view content = request.Header("content-encoding");
  if (!content.empty() && !Is(content, "identity")) {
    return ErrorResponse(415, "Content-Encoding: only identity is understood");
  }
  if (route.needs_body && !head.chunked && !head.content_length) {
    return ErrorResponse(411, "Content-Length is missing");
  }
  if (head.content_length.value_or(0) > max_body || (head.chunked && max_body == 0)) {
    return ErrorResponse(413, max_body == 0 ? "takes no body"
                                            : "the body is above the limit of " +
                                                  std::to_string(max_body) + " bytes");
  }
  const std::string_view expect = request.Header("expect");
  if (!expect.empty() && !Is(expect, "100-continue")) {
    return ErrorResponse(417, "Expect: only 100-continue is understood");
  }
  return std::nullopt;
}

}  // namespace

std::variant<Admission, WebResponse> Admit(const RequestHead& head, const Router& router,
                                           const AdmissionRules& rules, WebRequest& request) {
  if (std::ranges::find(kMethods, head.method) == kMethods.end()) {
    return ErrorResponse(501, "the method is not known");
  }
  request.method = head.method == "HEAD" ? "GET" : head.method;
  if (head.target.size() > kMaxTarget) {
    return ErrorResponse(
        414, "the target is above the limit of " + std::to_string(kMaxTarget) + " bytes");
  }
  absl::StatusOr<WebTarget> target = ParseTarget(head.target);
  if (!target.ok()) {
    return ErrorResponse(400, ToStd(target.status().message()));
  }
  request.path = target->path;
  request.query = target->query;
  if (auto refusal = CheckOrigin(head, rules, target->authority, request)) {
    return *std::move(refusal);
  }
  Router::Match match = router.Find(request.method, *target);
  if (auto refusal = CheckRoute(match, rules, request)) {
    return *std::move(refusal);
  }
  request.parameters = std::move(match.parameters);
  Admission admission{.route = match.route,
                      .max_body = std::min(match.route->options.max_body, rules.max_body)};
  if (auto refusal = CheckBody(head, match.route->options, admission.max_body, request)) {
    return *std::move(refusal);
  }
  admission.wants_continue = head.version >= 11 && !request.Header("expect").empty();
  return admission;
}

}  // namespace tideline
