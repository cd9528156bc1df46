#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "edge/cut_encoder.h"
#include "edge/request.h"
#include "protocol/client/session.h"

// The work of one request, stage by stage: pure functions of the request, no queue, no link. All
// block for as long as they compute. Preprocessing and head measure themselves into
// request.latency.
namespace tideline {

// Decodes and resizes an image, or reads the tensor; fills request.raw or request.inputs.
// Errors: InvalidArgument or DataLoss for what cannot be read, with the file's name.
absl::Status Preprocess(Request& request);

// Runs the head and fills request.cut; nothing at cut "input".
absl::Status RunHead(Request& request);

// Prepares the values that cross the cut (at cut "input" the input itself) for its codec, with
// calibrated parameters where their id is among `known`, which the cloud has.
absl::Status PrepareCut(const Request& request, std::span<const uint64_t> known,
                        CutEncoder& encoder);

// The announcement of a request that means nothing, for measuring the link: of the largest tensor
// that may cross a cut. nullopt where the deployment fixes the cut.
std::optional<Submission> MakeShadow(const Deployment& deployment);

// The network's results computed here: from request.cut where the head has run, else from the
// input; by the fallback model where the deployment has one. Cancelled where request.stop ended it.
absl::StatusOr<std::vector<Tensor>> FinishLocally(const Request& request);

// The network's results out of the cloud's answer. `max_tensor` bounds each one's bytes.
absl::StatusOr<std::vector<Tensor>> DecodeReply(const Reply& reply, uint64_t max_tensor);

}  // namespace tideline
