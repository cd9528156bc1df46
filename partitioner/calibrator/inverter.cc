#include "partitioner/calibrator/inverter.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <span>
#include <utility>

#include <Eigen/Cholesky>
#include <Eigen/Core>

namespace tideline {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<const Matrix>;

constexpr int64_t kMostInputs = 1024;  // of the map, with neighbours; beyond, a place alone
constexpr int64_t kLargestCell = 16;   // pixels a side; larger ones are guessed coarsely
constexpr int64_t kMostPlaces = 20'000;
constexpr float kRidge = 1e-3F;  // of the inputs' mean square
constexpr int64_t kWindow = 8;
constexpr int64_t kStep = 4;

const float* Floats(const Tensor& tensor) { return reinterpret_cast<const float*>(tensor.data()); }

// Mean of the pixels of `image` that lie under each pixel of a smaller picture of the cell.
void Shrink(std::span<const float> image, int64_t width, int64_t top, int64_t left, int64_t height,
            int64_t columns, int64_t small_height, int64_t small_width, float* out) {
  for (int64_t y = 0; y < small_height; ++y) {
    for (int64_t x = 0; x < small_width; ++x) {
      const int64_t y_end = top + (y + 1) * height / small_height;
      const int64_t x_end = left + (x + 1) * columns / small_width;
      float sum = 0;
      int64_t count = 0;
      for (int64_t i = top + y * height / small_height; i < y_end; ++i) {
        for (int64_t k = left + x * columns / small_width; k < x_end; ++k) {
          sum += image[static_cast<size_t>(i * width + k)];
          ++count;
        }
      }
      *out++ = sum / static_cast<float>(std::max<int64_t>(count, 1));
    }
  }
}

// Brightness of each pixel.
std::vector<float> Grey(const Tensor& image) {
  const int64_t pixels = image.shape()[2] * image.shape()[3];
  const float* data = Floats(image);
  if (image.shape()[1] != 3) {
    return {data, data + pixels};
  }
  std::vector<float> grey(static_cast<size_t>(pixels));
  for (int64_t i = 0; i < pixels; ++i) {
    grey[static_cast<size_t>(i)] =
        0.299F * data[i] + 0.587F * data[pixels + i] + 0.114F * data[2 * pixels + i];
  }
  return grey;
}

// Of one window of two pictures, at `first`.
double WindowSsim(const std::vector<float>& a, const std::vector<float>& b, int64_t first,
                  int64_t width) {
  constexpr double kC1 = 0.01 * 0.01;
  constexpr double kC2 = 0.03 * 0.03;
  constexpr double kCount = kWindow * kWindow;
  double sum_a = 0;
  double sum_b = 0;
  double square_a = 0;
  double square_b = 0;
  double product = 0;
  for (int64_t y = 0; y < kWindow; ++y) {
    for (int64_t x = 0; x < kWindow; ++x) {
      const double left = a[static_cast<size_t>(first + y * width + x)];
      const double right = b[static_cast<size_t>(first + y * width + x)];
      sum_a += left;
      sum_b += right;
      square_a += left * left;
      square_b += right * right;
      product += left * right;
    }
  }
  const double mean_a = sum_a / kCount;
  const double mean_b = sum_b / kCount;
  const double variance_a = square_a / kCount - mean_a * mean_a;
  const double variance_b = square_b / kCount - mean_b * mean_b;
  const double covariance = product / kCount - mean_a * mean_b;
  return (2 * mean_a * mean_b + kC1) * (2 * covariance + kC2) /
         ((mean_a * mean_a + mean_b * mean_b + kC1) * (variance_a + variance_b + kC2));
}

}  // namespace

double Psnr(const Tensor& a, const Tensor& b) {
  double squares = 0;
  for (int64_t i = 0; i < a.numel(); ++i) {
    const double distance = Floats(a)[i] - Floats(b)[i];
    squares += distance * distance;
  }
  return -10 * std::log10(std::max(squares / static_cast<double>(a.numel()), 1e-12));
}

double Ssim(const Tensor& a, const Tensor& b) {
  const std::vector<float> left = Grey(a);
  const std::vector<float> right = Grey(b);
  const int64_t height = a.shape()[2];
  const int64_t width = a.shape()[3];
  double sum = 0;
  int64_t count = 0;
  for (int64_t y = 0; y + kWindow <= height; y += kStep) {
    for (int64_t x = 0; x + kWindow <= width; x += kStep) {
      sum += WindowSsim(left, right, y * width + x, width);
      ++count;
    }
  }
  return sum / static_cast<double>(count);
}

absl::StatusOr<Inverter::Geometry> Inverter::Measure(const Example& example) {
  const Shape& features = example.features.shape();
  const Shape& image = example.image.shape();
  const bool known = example.features.dtype() == DType::kFloat32 &&
                     (features.size() == 2 || features.size() == 4) && features[0] == 1 &&
                     example.image.dtype() == DType::kFloat32 && image.size() == 4 &&
                     image[0] == 1 && (image[1] == 1 || image[1] == 3);
  if (!known) {
    return InvalidArgument("no images can be guessed from {} to {}", ToString(features),
                           ToString(image));
  }
  Geometry geometry{.features = features,
                    .channels = features[1],
                    .rows = features.size() == 4 ? features[2] : 1,
                    .columns = features.size() == 4 ? features[3] : 1,
                    .reach = 0,
                    .colours = image[1],
                    .height = image[2],
                    .width = image[3]};
  if (geometry.channels < 1 || geometry.rows < 1 || geometry.columns < 1 ||
      geometry.rows > geometry.height || geometry.columns > geometry.width ||
      geometry.height < kWindow || geometry.width < kWindow) {
    return InvalidArgument("no image of {} can be guessed from features of {}", ToString(image),
                           ToString(features));
  }
  geometry.reach = geometry.rows > 1 && geometry.channels * 9 < kMostInputs ? 1 : 0;
  geometry.cell_height = std::min(geometry.height / geometry.rows, kLargestCell);
  geometry.cell_width = std::min(geometry.width / geometry.columns, kLargestCell);
  return geometry;
}

void Inverter::Look(const Geometry& geometry, const float* features, int64_t row, int64_t column,
                    float* inputs) {
  for (int64_t channel = 0; channel < geometry.channels; ++channel) {
    const float* plane = features + channel * geometry.rows * geometry.columns;
    for (int64_t y = row - geometry.reach; y <= row + geometry.reach; ++y) {
      for (int64_t x = column - geometry.reach; x <= column + geometry.reach; ++x) {
        const bool inside = y >= 0 && y < geometry.rows && x >= 0 && x < geometry.columns;
        *inputs++ = inside ? plane[y * geometry.columns + x] : 0;
      }
    }
  }
  *inputs = 1;
}

absl::StatusOr<Inverter> Inverter::Fit(const std::vector<Example>& examples) {
  if (examples.empty()) {
    return InvalidArgument("no examples to learn from");
  }
  Inverter inverter;
  ASSIGN_OR_RETURN(inverter.geometry_, Measure(examples[0]));
  const Geometry& geometry = inverter.geometry_;
  const int64_t places = geometry.rows * geometry.columns;
  const int64_t per_image =
      std::clamp<int64_t>(kMostPlaces / static_cast<int64_t>(examples.size()), 1, places);
  Matrix square = Matrix::Zero(geometry.inputs(), geometry.inputs());
  Matrix cross = Matrix::Zero(geometry.inputs(), geometry.outputs());
  Matrix inputs(per_image, geometry.inputs());
  Matrix outputs(per_image, geometry.outputs());
  std::mt19937_64 random(1);
  for (const Example& example : examples) {
    ASSIGN_OR_RETURN(const Tensor features, Contiguous(example.features));
    ASSIGN_OR_RETURN(const Tensor image, Contiguous(example.image));
    if (features.shape() != geometry.features || image.shape() != examples[0].image.shape()) {
      return InvalidArgument("the examples have different shapes");
    }
    const int64_t area = geometry.height * geometry.width;
    for (int64_t i = 0; i < per_image; ++i) {
      const auto place =
          per_image == places ? i : static_cast<int64_t>(random() % static_cast<uint64_t>(places));
      const int64_t row = place / geometry.columns;
      const int64_t column = place % geometry.columns;
      Look(geometry, Floats(features), row, column, inputs.row(i).data());
      const int64_t top = row * geometry.height / geometry.rows;
      const int64_t left = column * geometry.width / geometry.columns;
      for (int64_t colour = 0; colour < geometry.colours; ++colour) {
        Shrink({Floats(image) + colour * area, static_cast<size_t>(area)}, geometry.width, top,
               left, (row + 1) * geometry.height / geometry.rows - top,
               (column + 1) * geometry.width / geometry.columns - left, geometry.cell_height,
               geometry.cell_width,
               outputs.row(i).data() + colour * geometry.cell_height * geometry.cell_width);
      }
    }
    square.noalias() += inputs.transpose() * inputs;
    cross.noalias() += inputs.transpose() * outputs;
  }
  const float ridge = kRidge * square.trace() / static_cast<float>(geometry.inputs());
  square.diagonal().array() += std::max(ridge, 1e-6F);
  const Matrix map = square.ldlt().solve(cross);
  inverter.map_.assign(map.data(), map.data() + map.size());
  return inverter;
}

absl::StatusOr<Tensor> Inverter::Invert(const Tensor& features) const {
  if (features.dtype() != DType::kFloat32 || features.shape() != geometry_.features) {
    return InvalidArgument("features are {}, the inverter knows {}", ToString(features.shape()),
                           ToString(geometry_.features));
  }
  ASSIGN_OR_RETURN(const Tensor contiguous, Contiguous(features));
  const Map map(map_.data(), geometry_.inputs(), geometry_.outputs());
  Matrix inputs(geometry_.columns, geometry_.inputs());
  ASSIGN_OR_RETURN(
      Tensor image,
      Tensor::Allocate(DType::kFloat32, {1, geometry_.colours, geometry_.height, geometry_.width}));
  auto* pixels = reinterpret_cast<float*>(image.mutable_data());
  for (int64_t row = 0; row < geometry_.rows; ++row) {
    for (int64_t column = 0; column < geometry_.columns; ++column) {
      Look(geometry_, Floats(contiguous), row, column, inputs.row(column).data());
    }
    const Matrix guesses = inputs * map;
    const int64_t top = row * geometry_.height / geometry_.rows;
    const int64_t bottom = (row + 1) * geometry_.height / geometry_.rows;
    for (int64_t colour = 0; colour < geometry_.colours; ++colour) {
      for (int64_t y = top; y < bottom; ++y) {
        const int64_t cell_y = (y - top) * geometry_.cell_height / (bottom - top);
        float* line = pixels + (colour * geometry_.height + y) * geometry_.width;
        for (int64_t column = 0; column < geometry_.columns; ++column) {
          const int64_t left = column * geometry_.width / geometry_.columns;
          const int64_t right = (column + 1) * geometry_.width / geometry_.columns;
          const float* cell = guesses.row(column).data() +
                              (colour * geometry_.cell_height + cell_y) * geometry_.cell_width;
          for (int64_t x = left; x < right; ++x) {
            line[x] =
                std::clamp(cell[(x - left) * geometry_.cell_width / (right - left)], 0.F, 1.F);
          }
        }
      }
    }
  }
  return image;
}

absl::StatusOr<Leakage> Inverter::Measure(const std::vector<Example>& examples) const {
  Leakage leakage;
  for (const Example& example : examples) {
    ASSIGN_OR_RETURN(const Tensor guess, Invert(example.features));
    ASSIGN_OR_RETURN(const Tensor image, Contiguous(example.image));
    if (image.shape() != guess.shape()) {
      return InvalidArgument("an image is {}, the inverter guesses {}", ToString(image.shape()),
                             ToString(guess.shape()));
    }
    leakage.psnr_db += Psnr(guess, image) / static_cast<double>(examples.size());
    leakage.ssim += Ssim(guess, image) / static_cast<double>(examples.size());
  }
  return leakage;
}

}  // namespace tideline
