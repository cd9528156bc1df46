#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <fmt/format.h>

// The one error type is absl::Status. These helpers format the text; what it says: the name of the
// thing, both sides of the disagreement, and what to do.
namespace tideline {

template <typename... Args>
absl::Status Error(absl::StatusCode code, fmt::format_string<Args...> format, Args&&... args) {
  return absl::Status(code, fmt::format(format, std::forward<Args>(args)...));
}

#define TIDELINE_DEFINE_ERROR(Name)                                               \
  template <typename... Args>                                                     \
  absl::Status Name(fmt::format_string<Args...> format, Args&&... args) {         \
    return Error(absl::StatusCode::k##Name, format, std::forward<Args>(args)...); \
  }
TIDELINE_DEFINE_ERROR(InvalidArgument)
TIDELINE_DEFINE_ERROR(NotFound)
TIDELINE_DEFINE_ERROR(DataLoss)
TIDELINE_DEFINE_ERROR(FailedPrecondition)
TIDELINE_DEFINE_ERROR(ResourceExhausted)
TIDELINE_DEFINE_ERROR(Unavailable)
TIDELINE_DEFINE_ERROR(Unimplemented)
TIDELINE_DEFINE_ERROR(DeadlineExceeded)
TIDELINE_DEFINE_ERROR(Cancelled)
TIDELINE_DEFINE_ERROR(PermissionDenied)
TIDELINE_DEFINE_ERROR(Internal)
#undef TIDELINE_DEFINE_ERROR

// The same error with `context` in front: "model.pt2: weights: …".
inline absl::Status Annotate(const absl::Status& status, const std::string& context) {
  if (status.ok()) {
    return status;
  }
  return absl::Status(status.code(), context + ": " + std::string(status.message()));
}

}  // namespace tideline

#define TIDELINE_CONCAT_INNER(a, b) a##b
#define TIDELINE_CONCAT(a, b) TIDELINE_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expression)                         \
  if (absl::Status status_ = (expression); !status_.ok()) { \
    return status_;                                         \
  }

#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_INNER(TIDELINE_CONCAT(result_, __LINE__), declaration, expression)
#define ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                   \
  if (!result.ok()) {                                           \
    return std::move(result).status();                          \
  }                                                             \
  declaration = *std::move(result)
