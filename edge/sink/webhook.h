#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "edge/sink/sink.h"

namespace tideline {

// Errors: InvalidArgument where it is no http or https address.
absl::Status CheckWebhookUrl(std::string_view url);

// Posts records as lines of JSON, several at a time where they wait. The header Idempotency-Key is
// made of their ids: it is the same when they come again. 408, 425, 429 and 5xx are tried again;
// another answer than 2xx refuses the records for good. Connects to nobody yet.
// Errors: InvalidArgument; those of ReadSecret.
absl::StatusOr<std::unique_ptr<Sink>> OpenWebhook(const WebhookOptions& options);

}  // namespace tideline
