#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/model/model_info.h"
#include "common/tensor/tensor.h"

namespace tideline {

// Inputs of a network that a person has as files. Thread-compatible.
class ExampleInputs {
 public:
  // `data` is a folder of .png, .jpg and .jpeg images, a glob of them, or an .npy array of float
  // inputs as the network takes them, one per row. Order: by name, or as in the array.
  // Errors: NotFound where there is none; InvalidArgument where they do not fit `input`.
  static absl::StatusOr<ExampleInputs> Open(const std::string& data, const InputInfo& input);

  size_t size() const { return paths_.empty() ? rows_ : paths_.size(); }

  bool are_images() const { return !paths_.empty(); }

  // The file's name without its folder; for rows of an array, the number of the row.
  std::string NameOf(size_t index) const;

  // The image at `index` as it is before it is normalised: uint8 [H, W, C]. Blocks.
  // Errors: those of PreprocessImage, with the file's name; FailedPrecondition for an array.
  absl::StatusOr<Tensor> ReadImage(size_t index) const;

  // The input at `index`, with a batch of 1, decoded and normalised as model.yaml says. Blocks.
  // Errors: those of PreprocessImage and Normalize, with the file's name.
  absl::StatusOr<Tensor> Read(size_t index) const;

 private:
  explicit ExampleInputs(InputInfo input) : input_(std::move(input)) {}
  absl::Status OpenArray(const std::string& path);

  InputInfo input_;
  std::vector<std::string> paths_;  // images
  Tensor array_;                    // or [rows_, …], contiguous
  size_t rows_ = 0;
};

// `count` of the numbers below `size`, evenly spread; all where there are no more.
std::vector<size_t> EvenlySpread(size_t size, size_t count);

}  // namespace tideline
