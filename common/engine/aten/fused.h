#pragma once

// What LibTorch calls the operators that passes put in the place of others. Inside the module only.
namespace tideline::aten {

inline constexpr char kPackedConvolution[] = "mkldnn._convolution_pointwise.default";
inline constexpr char kAddRelu[] = "aten._add_relu.Tensor";
inline constexpr char kPackedLinear[] = "mkldnn._linear_pointwise.default";

}  // namespace tideline::aten
