#include "common/program/operators.h"

#include <algorithm>
#include <iterator>

namespace tideline {
namespace {

constexpr std::string_view kAten = "aten.";

constexpr std::string_view kConvolutions[] = {"conv1d", "conv2d", "conv3d", "convolution",
                                              "_convolution"};
constexpr std::string_view kBatchNorms[] = {"_batch_norm_no_update",
                                            "_batch_norm_with_update",
                                            "_native_batch_norm_legit",
                                            "_native_batch_norm_legit_no_training",
                                            "batch_norm",
                                            "cudnn_batch_norm",
                                            "native_batch_norm"};
constexpr std::string_view kActivationFunctions[] = {
    "elu",  "gelu",  "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "mish",
    "relu", "relu6", "sigmoid",     "silu",      "softplus", "tanh"};
constexpr std::string_view kViews[] = {"_unsafe_view", "contiguous", "expand",    "expand_as",
                                       "flatten",      "permute",    "reshape",   "reshape_as",
                                       "squeeze",      "t",          "transpose", "unflatten",
                                       "unsqueeze",    "view",       "view_as"};
constexpr std::string_view kIdentities[] = {"alias",           "alpha_dropout",  "clone",
                                            "detach",          "detach_",        "dropout",
                                            "feature_dropout", "lift_fresh_copy"};
// Beyond views: parts of a tensor, and operators that return their argument where nothing is to do.
constexpr std::string_view kOtherAliases[] = {"alias",        "alpha_dropout",
                                              "as_strided",   "atleast_1d",
                                              "atleast_2d",   "atleast_3d",
                                              "broadcast_to", "chunk",
                                              "conj",         "detach",
                                              "diagonal",     "dropout",
                                              "dsplit",       "feature_dropout",
                                              "hsplit",       "lift_fresh",
                                              "matrix_H",     "mH",
                                              "mT",           "movedim",
                                              "moveaxis",     "narrow",
                                              "numpy_T",      "positive",
                                              "ravel",        "real",
                                              "resolve_conj", "resolve_neg",
                                              "select",       "slice",
                                              "split",        "split_with_sizes",
                                              "swapaxes",     "swapdims",
                                              "tensor_split", "to",
                                              "type_as",      "unbind",
                                              "unfold",       "unsafe_chunk",
                                              "unsafe_split", "view_as_complex",
                                              "view_as_real", "vsplit"};

template <typename Names>
bool Contains(const Names& names, std::string_view target) {
  return target.starts_with(kAten) && std::ranges::find(names, BaseName(target)) != std::end(names);
}

}  // namespace

std::string_view BaseName(std::string_view target) {
  if (target.starts_with(kAten)) {
    target.remove_prefix(kAten.size());
  }
  return target.substr(0, target.rfind('.'));
}

bool IsConvolution(std::string_view target) { return Contains(kConvolutions, target); }

bool IsLinear(std::string_view target) { return target == "aten.linear.default"; }

bool IsBatchNorm(std::string_view target) {
  return Contains(kBatchNorms, target) && !target.ends_with(".no_stats");
}

bool IsActivationFunction(std::string_view target) {
  return Contains(kActivationFunctions, target);
}

bool IsViewLike(std::string_view target) { return Contains(kViews, target); }

bool IsIdentity(std::string_view target) { return Contains(kIdentities, target); }

bool MayAlias(std::string_view target) {
  return !target.starts_with(kAten) || IsViewLike(target) || Contains(kOtherAliases, target) ||
         IsInPlace(target);
}

bool IsInPlace(std::string_view target) {
  const std::string_view base = BaseName(target);
  const bool dunder = base.starts_with("__") && base.ends_with("__");
  return target.starts_with(kAten) && base.ends_with('_') && (!dunder || base.starts_with("__i"));
}

}  // namespace tideline
