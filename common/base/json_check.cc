#include "common/base/json_check.h"

#include <string>

#include <nlohmann/json.hpp>

namespace tideline {
namespace {

using Json = nlohmann::json;

// Walks the text once and stores nothing, so that a hostile file costs no memory.
class Guard : public nlohmann::json_sax<Json> {
 public:
  explicit Guard(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return Count(); }
  bool boolean(bool) override { return Count(); }
  bool number_integer(number_integer_t) override { return Count(); }
  bool number_unsigned(number_unsigned_t) override { return Count(); }
  bool number_float(number_float_t, const string_t&) override { return Count(); }
  bool string(string_t&) override { return Count(); }
  bool binary(binary_t&) override { return Count(); }
  bool key(string_t&) override { return Count(); }
  bool start_object(std::size_t) override { return Open(); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override { return Open(); }
  bool end_array() override { return Close(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    status_ = DataLoss("not JSON at byte {}", position);
    return false;
  }

  const absl::Status& status() const { return status_; }

 private:
  bool Count() {
    if (++values_ > limits_.values) {
      status_ = ResourceExhausted("more than {} values", limits_.values);
      return false;
    }
    return true;
  }

  bool Open() {
    if (++depth_ > limits_.depth) {
      status_ = ResourceExhausted("nested deeper than {}", limits_.depth);
      return false;
    }
    return Count();
  }

  bool Close() {
    --depth_;
    return true;
  }

  const JsonLimits& limits_;
  size_t values_ = 0;
  int depth_ = 0;
  absl::Status status_;
};

}  // namespace

absl::Status CheckJson(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    return ResourceExhausted("{} bytes, at most {} are read", text.size(), limits.bytes);
  }
  Guard guard(limits);
  return Json::sax_parse(text, &guard) ? absl::OkStatus() : guard.status();
}

}  // namespace tideline
