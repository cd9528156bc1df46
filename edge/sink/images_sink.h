#pragma once

#include <memory>
#include <string>

#include "edge/sink/sink.h"

namespace tideline {

// Writes each record's image with its caption into `folder` as TIME-SEQ.jpg, by rename; of such
// files, those of earlier runs too, the latest `limit` stay. Makes the folder where it is not
// there.
std::unique_ptr<Sink> OpenImagesSink(const std::string& folder, size_t limit);

}  // namespace tideline
