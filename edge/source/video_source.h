#pragma once

#include <memory>

#include "edge/source/source.h"

// Sources that need the module source_video.so.
namespace tideline {

// Every frame of the file options.path, at options.rate or as fast as they are taken.
// Errors: NotFound where the module is not there, InvalidArgument for a file that is no video.
absl::StatusOr<std::unique_ptr<Source>> OpenVideoFile(const SourceOptions& options);

// The latest frame of options.camera; a camera that is away or vanishes is opened again and again.
// Errors: NotFound where the module is not there.
absl::StatusOr<std::unique_ptr<Source>> OpenCamera(const SourceOptions& options);

}  // namespace tideline
