#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace tideline {

// A view of bytes and a share in whatever keeps them alive.
struct Bytes {
  std::span<const std::byte> view;
  std::shared_ptr<const void> owner;

  size_t size() const { return view.size(); }

  static Bytes Own(std::string content) {
    auto owner = std::make_shared<const std::string>(std::move(content));
    return {std::as_bytes(std::span(*owner)), owner};
  }
};

}  // namespace tideline
