#pragma once

// What LibTorch calls its operators over packed oneDNN weights. Inside the module only.
namespace tideline::aten {

inline constexpr char kPackedConvolution[] = "mkldnn._convolution_pointwise.default";
inline constexpr char kPackedLinear[] = "mkldnn._linear_pointwise.default";

}  // namespace tideline::aten
