#pragma once

#include <cstdint>
#include <vector>

#include "common/base/status.h"
#include "common/tensor/tensor.h"

// What the tensor at a cut tells of the image that went in.
namespace tideline {

// How near a reconstructed image comes to the real one. Mean over images.
struct Leakage {
  double psnr_db = 0;  // of pixels from 0 to 1; higher is nearer
  double ssim = 0;     // of the brightness, in windows of 8x8; 1 is the same image

  bool operator==(const Leakage&) const = default;
};

// Guesses images from the tensors of a cut: a linear map from the neighbourhood of a place in the
// tensor to the pixels under it, fitted by ridge regression. It shows what a quick attacker gets; a
// trained network may get more. Thread-compatible.
class Inverter {
 public:
  struct Example {
    Tensor features;  // float32 [1, C, h, w], or [1, C]
    Tensor image;     // float32 [1, 1 or 3, H, W], pixels from 0 to 1
  };

  // Fits on the examples, which have one shape. Blocks for some seconds at most.
  // Errors: InvalidArgument for other shapes, or where the image is not larger than the features.
  static absl::StatusOr<Inverter> Fit(const std::vector<Example>& examples);

  // The image that the features suggest. Errors: InvalidArgument for another shape.
  absl::StatusOr<Tensor> Invert(const Tensor& features) const;

  // Inverts each of the examples, which should be others than those it was fitted on.
  absl::StatusOr<Leakage> Measure(const std::vector<Example>& examples) const;

 private:
  // Shapes, and how many cells around a place are looked at.
  struct Geometry {
    Shape features;  // as given
    int64_t channels = 0;
    int64_t rows = 0;
    int64_t columns = 0;
    int64_t reach = 0;  // 1: 3x3 places, 0: one
    int64_t colours = 0;
    int64_t height = 0;
    int64_t width = 0;
    int64_t cell_height = 0;  // pixels under a place, as guessed: at most kLargestCell
    int64_t cell_width = 0;

    int64_t inputs() const { return channels * (2 * reach + 1) * (2 * reach + 1) + 1; }
    int64_t outputs() const { return colours * cell_height * cell_width; }
  };
  static absl::StatusOr<Geometry> Measure(const Example& example);

  // The inputs of the map at a place: features around it, zeros outside, and a one.
  static void Look(const Geometry& geometry, const float* features, int64_t row, int64_t column,
                   float* inputs);

  Geometry geometry_;
  std::vector<float> map_;  // [inputs, outputs]
};

// Pure. Both of one shape [1, C, H, W]; H and W at least 8.
double Psnr(const Tensor& a, const Tensor& b);
double Ssim(const Tensor& a, const Tensor& b);

}  // namespace tideline
