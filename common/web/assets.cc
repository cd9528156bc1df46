#include "common/web/assets.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace tideline {
namespace {

using Type = std::pair<std::string_view, std::string_view>;
constexpr std::array kTypes{
    Type{".html", "text/html; charset=utf-8"},
    Type{".css", "text/css; charset=utf-8"},
    Type{".js", "text/javascript; charset=utf-8"},
    Type{".mjs", "text/javascript; charset=utf-8"},
    Type{".json", "application/json"},
    Type{".map", "application/json"},
    Type{".svg", "image/svg+xml"},
    Type{".png", "image/png"},
    Type{".ico", "image/x-icon"},
    Type{".woff2", "font/woff2"},
    Type{".txt", "text/plain; charset=utf-8"},
    Type{".webmanifest", "application/manifest+json"},
};

constexpr std::string_view kPolicy =
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

WebResponse Serve(const Asset& asset, const WebRequest& request) {
  WebResponse response{.type = std::string(ContentType(asset.path))};
  response.headers = {{"ETag", std::string(asset.etag)},
                      {"Cache-Control", "no-cache"},
                      {"Content-Security-Policy", std::string(kPolicy)},
                      {"Referrer-Policy", "no-referrer"}};
  const std::string_view known = request.Header("if-none-match");
  if (known == "*" || known.find(asset.etag) != std::string_view::npos) {
    response.status = 304;
    return response;
  }
  response.body = asset.content;
  return response;
}

}  // namespace

std::string_view ContentType(std::string_view path) {
  const auto found =
      std::ranges::find_if(kTypes, [&](const Type& type) { return path.ends_with(type.first); });
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

void AddAssets(Router& router, std::span<const Asset> assets) {
  for (const Asset& asset : assets) {
    const auto serve = [asset](const WebRequest& request) { return Serve(asset, request); };
    router.Get("/" + std::string(asset.path), {.access = Access::kOpen}, serve);
    if (asset.path == "index.html") {
      router.Get("/", {.access = Access::kOpen}, serve);
    }
  }
}

}  // namespace tideline
