#include "partitioner/calibrator/inverter.h"

#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

constexpr int64_t kSide = 32;

// Smooth pictures: a wave of a random direction, colour and phase.
Tensor Picture(std::mt19937& random) {
  std::uniform_real_distribution<float> uniform(0, 1);
  Tensor image = *Tensor::Allocate(DType::kFloat32, {1, 3, kSide, kSide});
  auto* pixels = reinterpret_cast<float*>(image.mutable_data());
  for (int64_t colour = 0; colour < 3; ++colour) {
    const float across = uniform(random);
    const float down = uniform(random);
    const float phase = 6 * uniform(random);
    for (int64_t y = 0; y < kSide; ++y) {
      for (int64_t x = 0; x < kSide; ++x) {
        *pixels++ = 0.5F + 0.4F * std::sin(across * static_cast<float>(x) +
                                           down * static_cast<float>(y) + phase);
      }
    }
  }
  return image;
}

// Features of half the side: the mean of each 2x2 block and a mixture of the colours, times noise.
Tensor Features(const Tensor& image, bool tell, std::mt19937& random) {
  constexpr int64_t kHalf = kSide / 2;
  Tensor features = *Tensor::Allocate(DType::kFloat32, {1, 3, kHalf, kHalf});
  auto* out = reinterpret_cast<float*>(features.mutable_data());
  const auto* pixels = reinterpret_cast<const float*>(image.data());
  std::normal_distribution<float> noise(0, 1);
  for (int64_t colour = 0; colour < 3; ++colour) {
    for (int64_t y = 0; y < kHalf; ++y) {
      for (int64_t x = 0; x < kHalf; ++x) {
        const float* block = pixels + (colour * kSide + 2 * y) * kSide + 2 * x;
        const float mean = (block[0] + block[1] + block[kSide] + block[kSide + 1]) / 4;
        *out++ = tell ? 3 * mean - 1 : noise(random);
      }
    }
  }
  return features;
}

std::vector<Inverter::Example> Examples(int count, bool tell, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Inverter::Example> examples;
  for (int i = 0; i < count; ++i) {
    Tensor image = Picture(random);
    Tensor features = Features(image, tell, random);
    examples.push_back({std::move(features), std::move(image)});
  }
  return examples;
}

TEST(InverterTest, ImagesAreFoundWhereTheFeaturesTellThem) {
  const Inverter inverter = *Inverter::Fit(Examples(40, /*tell=*/true, 1));
  const Leakage leakage = *inverter.Measure(Examples(10, /*tell=*/true, 2));
  EXPECT_GT(leakage.psnr_db, 25);
  EXPECT_GT(leakage.ssim, 0.9);
}

TEST(InverterTest, NoImageIsFoundInNoise) {
  const Inverter inverter = *Inverter::Fit(Examples(40, /*tell=*/false, 1));
  const Leakage leakage = *inverter.Measure(Examples(10, /*tell=*/false, 2));
  EXPECT_LT(leakage.psnr_db, 15);
  EXPECT_LT(leakage.ssim, 0.3);
}

TEST(InverterTest, AnImageIsLikeItself) {
  std::mt19937 random(1);
  const Tensor image = Picture(random);
  EXPECT_NEAR(Psnr(image, image), 120, 1e-9);
  EXPECT_NEAR(Ssim(image, image), 1, 1e-9);
}

TEST(InverterTest, OtherShapesAreRefused) {
  std::vector<Inverter::Example> examples = Examples(2, /*tell=*/true, 1);
  const Inverter inverter = *Inverter::Fit(examples);
  EXPECT_FALSE(inverter.Invert(*Tensor::Allocate(DType::kFloat32, {1, 3, 4, 4})).ok());
  examples[1].features = *Tensor::Allocate(DType::kFloat32, {1, 3, 4, 4});
  EXPECT_FALSE(Inverter::Fit(examples).ok());
  EXPECT_FALSE(Inverter::Fit({}).ok());
}

}  // namespace
}  // namespace tideline
