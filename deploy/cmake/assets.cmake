# Writes OUTPUT: INPUTS as bytes, each by its name in FILES (tideline_assets in Tideline.cmake).
set(arrays)
set(entries)
set(number 0)
foreach(input IN LISTS INPUTS)
  list(GET FILES ${number} file)
  string(REGEX REPLACE "=.*$" "" file "${file}")
  file(READ ${input} bytes HEX)
  file(SHA256 ${input} hash)
  string(SUBSTRING ${hash} 0 16 etag)
  file(SIZE ${input} size)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  string(APPEND arrays "constexpr char kFile${number}[] = {${bytes}'\\0'};\n")
  string(APPEND entries "    {\"${file}\", \"\\\"${etag}\\\"\", {kFile${number}, ${size}}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT} "// Generated from the files that it names.
#include \"common/web/assets.h\"

namespace tideline {
namespace {

${arrays}
constexpr Asset kAssets[] = {
${entries}};

}  // namespace

std::span<const Asset> ${NAME}_assets();
std::span<const Asset> ${NAME}_assets() { return kAssets; }

}  // namespace tideline
")
