#pragma once

#include <string_view>

// What is known of operators by their names, "aten.conv2d.default". Pure functions.
namespace tideline {

// "conv2d" in "aten.conv2d.default"; the namespace stays where it is not aten ("torchvision.nms").
std::string_view BaseName(std::string_view target);

bool IsConvolution(
    std::string_view target);  // not the transposed ones that have names of their own
bool IsLinear(std::string_view target);
bool IsBatchNorm(std::string_view target);  // with running statistics, whatever the spelling
bool IsActivationFunction(std::string_view target);

// The result has the elements of the first argument in the same row-major order or in another one,
// some of them repeated maybe: view, permute, expand, contiguous, …
bool IsViewLike(std::string_view target);

// The result equals the first argument: dropout in evaluation, clone, detach, alias.
bool IsIdentity(std::string_view target);

// The result may share memory with the first argument. Operators outside aten count as such.
bool MayAlias(std::string_view target);

// Writes into its first argument ("relu_"), as an in-place operator does.
bool IsInPlace(std::string_view target);

}  // namespace tideline
