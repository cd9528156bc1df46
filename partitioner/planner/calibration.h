#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"

namespace tideline {

struct Network;

// The accuracy drop of what loses something and was never measured: it may cost all of it.
inline constexpr double kUnknownDrop = 1;

// What one codec does to the tensors of one cut, measured on calibration data.
struct CodecRecord {
  std::string cut;           // a frontier's name, "input"
  std::string codec;         // as ToString(CodecSpec) writes it
  double bytes_mean = 0;     // of all tensors of the cut, for a batch of 1
  double bytes_p95 = 0;      // the 95th percentile over the calibration data
  double encode_ns = 0;      // for machines whose profile has no time for it
  double decode_ns = 0;      // likewise
  double accuracy_drop = 0;  // upper bound, a fraction; 0 where nothing is lost
  double agreement = 1;      // share of results that equal the float32 network's
  // How well the input can be had back from what is sent: the structural similarity and the
  // peak-signal-to-noise ratio of the best attack tried. Absent: not measured.
  std::optional<double> leakage_ssim;     // 0 to 1
  std::optional<double> leakage_psnr_db;  // dB
};

// The calibration table of a model, in any order, a row per (cut, codec).
struct Calibration {
  std::vector<CodecRecord> records;
};

// Errors: InvalidArgument naming the row whose figure cannot be, or that is there twice.
absl::Status CheckCalibration(const Calibration& calibration);

// What is known of every cut of `network` without a measurement: fp32, and inside the network fp16
// and int8, each stored, of exactly so many bytes. Their times are 0 and what they cost in accuracy
// is unknown.
Calibration Uncalibrated(const Network& network);

}  // namespace tideline
