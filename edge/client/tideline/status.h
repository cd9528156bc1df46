#pragma once

#include <optional>
#include <string>
#include <utility>

#if defined(__GNUC__)
#define TIDELINE_API __attribute__((visibility("default")))
#else
#define TIDELINE_API
#endif

// How calls of tideline::Edge end.
namespace tideline::client {

enum class Code {
  kOk,
  kInvalidArgument,   // the configuration or the input is wrong; the message says where
  kNotFound,          // a file, a model or an engine is not there
  kOverloaded,        // pipeline.in_flight requests are open already
  kDeadlineExceeded,  // no place became free in time
  kUnavailable,       // the edge is closed
  kCancelled,         // it was closed before the answer came
  kFailed,            // anything else
};

struct Status {
  Code code = Code::kOk;
  std::string message;  // for people; "" where it is ok

  bool ok() const { return code == Code::kOk; }
};

// A value, or why there is none.
template <typename T>
class Or {
 public:
  Or(T value) : value_(std::move(value)) {}
  Or(Status status) : status_(std::move(status)) {}  // which is not ok

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  // Throw std::bad_optional_access where there is none.
  T& value() & { return value_.value(); }
  const T& value() const& { return value_.value(); }
  T&& value() && { return std::move(value_).value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace tideline::client
