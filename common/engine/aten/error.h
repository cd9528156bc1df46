#pragma once

#include <exception>
#include <string>

#include <c10/util/Exception.h>

namespace tideline::aten {

// The first line of what an exception says: LibTorch appends a stack trace with local paths.
inline std::string FirstLine(const std::exception& error) {
  const auto* libtorch = dynamic_cast<const c10::Error*>(&error);
  const std::string text = libtorch != nullptr ? libtorch->what_without_backtrace() : error.what();
  return text.substr(0, text.find('\n'));
}

}  // namespace tideline::aten
