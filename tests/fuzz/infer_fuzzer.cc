#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/inference/infer_request.h"

// The first byte says how the rest is meant: 0 JSON alone, 1 one element of BYTES, else JSON of so
// many bytes (times 4) and binary tensors.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::string length = data[0] == 0   ? ""
                             : data[0] == 1 ? "0"
                                            : std::to_string(4 * size_t{data[0]});
  const auto request = tideline::ParseInferRequest(body, length, nullptr);
  if (request.ok()) {
    size_t sum = 0;  // everything is within the body or memory of its own
    for (const tideline::InferInput& input : request->inputs) {
      if (const auto* tensor = std::get_if<tideline::Tensor>(&input.value)) {
        for (size_t i = 0; i < tensor->nbytes(); ++i) {
          sum += static_cast<size_t>(tensor->data()[i]);
        }
      } else {
        for (const tideline::Bytes& bytes : std::get<tideline::ByteStrings>(input.value)) {
          for (const std::byte byte : bytes.view) {
            sum += static_cast<size_t>(byte);
          }
        }
      }
    }
    [[maybe_unused]] static volatile size_t kept;
    kept = sum;
  }
  return 0;
}
