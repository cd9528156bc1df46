#pragma once

#include <string>

namespace tideline {

// What the kernel says in a file below /proc or /sys, which tells no size and cannot be mapped: at
// most a megabyte of it, without blanks at its ends; "" where it says nothing.
std::string ReadKernelFile(const std::string& path);

}  // namespace tideline
