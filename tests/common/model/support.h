#pragma once

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "common/base/file.h"
#include "common/model/image.h"
#include "common/tensor/tensor.h"

// What the tests of common/model share.
namespace tideline {

inline std::string Fixture(const std::string& name) {
  return ReadFile(std::string(TIDELINE_TEST_DATA) + "/" + name, size_t{1} << 20).value();
}

inline std::span<const std::byte> Bytes(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline Tensor FixtureImage(const std::string& name, int64_t channels = 3) {
  return DecodeImage(Bytes(Fixture(name)), channels).value();
}

// The largest difference between two uint8 tensors; 256 where their shapes differ.
inline int LargestDifference(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) {
    return 256;
  }
  const Tensor left = Contiguous(a).value();
  const Tensor right = Contiguous(b).value();
  int largest = 0;
  for (int64_t i = 0; i < left.numel(); ++i) {
    largest = std::max(largest, std::abs(left.as<uint8_t>()[i] - right.as<uint8_t>()[i]));
  }
  return largest;
}

// A folder under the tests' temporary one that is gone at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  // Makes the folders on the way.
  void Write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

}  // namespace tideline
