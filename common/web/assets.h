#pragma once

#include <span>
#include <string_view>

#include "common/web/router.h"

namespace tideline {

// A file that is compiled in (tideline_assets in deploy/cmake/Tideline.cmake).
struct Asset {
  std::string_view path;  // "style.css"
  std::string_view etag;  // with its quotes
  std::string_view content;
};

// "text/html; charset=utf-8" of "index.html"; "application/octet-stream" for what isn't known.
std::string_view ContentType(std::string_view path);

// Each asset at "/PATH", index.html at "/" too; open to everybody. A browser asks again whether its
// copy is still right (ETag). What they do is bounded by a content security policy: scripts, styles
// and requests from this server only. `assets` live as long as the router.
void AddAssets(Router& router, std::span<const Asset> assets);

}  // namespace tideline
