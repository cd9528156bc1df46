#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/program/frontier.h"
#include "common/program/program.h"
#include "protocol/codec/codec_spec.h"

// Which codecs and cuts are measured, as a person says it on the command line.
namespace tideline {

inline constexpr char kCutCodecs[] =
    "fp32,fp16,int8,int8/fast,int8/dense,int4/fast,int4/dense,q5/dense,int2/dense";
inline constexpr char kImageCodecs[] = "raw,jpeg:95,jpeg:85,jpeg:70,jpeg:50,jpeg:30";

// Settings with commas between; those that differ in the lossless level alone come together.
// Errors: those of ParseCodecSpec; InvalidArgument where one is for images and `images` is false,
// or the other way round.
absl::StatusOr<std::vector<CodecSpec>> ParseCodecs(const std::string& text, bool images);

// The cuts of one value where it can pay to cut: a tensor of two bits an element is smaller than
// the input's image.
std::vector<Frontier> WorthCutting(const Program& program, const FrontierTable& frontiers);

// "all" cuts of one value, what `choose` makes of a number, or names with commas between.
// Errors: those of FrontierTable::Find; InvalidArgument for "input" and "edge".
absl::StatusOr<std::vector<Frontier>> SelectCuts(
    const std::string& text, const FrontierTable& frontiers,
    const std::function<std::vector<Frontier>(size_t)>& choose);

}  // namespace tideline
