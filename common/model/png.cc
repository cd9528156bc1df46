#include <algorithm>
#include <array>
#include <memory>
#include <spng.h>

#include "common/model/image.h"
#include "common/model/image_formats.h"

namespace tideline {
namespace {

constexpr std::array<uint8_t, 8> kSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr size_t kMaxChunkBytes = 16 * 1024 * 1024;  // of metadata; pixels are not kept in chunks
constexpr size_t kMaxMetadataBytes = 32 * 1024 * 1024;

absl::Status FromSpng(int error) { return DataLoss("PNG: {}", spng_strerror(error)); }

absl::Status SetUp(spng_ctx* context, std::span<const std::byte> file) {
  const int errors[] = {
      spng_set_chunk_limits(context, kMaxChunkBytes, kMaxMetadataBytes),
      spng_set_crc_action(context, SPNG_CRC_ERROR, SPNG_CRC_DISCARD),
      spng_set_png_buffer(context, file.data(), file.size()),
  };
  for (const int error : errors) {
    if (error != 0) {
      return FromSpng(error);
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool IsPng(std::span<const std::byte> file) {
  return file.size() >= kSignature.size() &&
         std::ranges::equal(file.first(kSignature.size()), std::as_bytes(std::span(kSignature)));
}

absl::StatusOr<Tensor> DecodePng(std::span<const std::byte> file) {
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(0), spng_ctx_free);
  if (context == nullptr) {
    return ResourceExhausted("PNG: no memory");
  }
  RETURN_IF_ERROR(SetUp(context.get(), file));
  spng_ihdr header{};
  if (const int error = spng_get_ihdr(context.get(), &header); error != 0) {
    return FromSpng(error);
  }
  RETURN_IF_ERROR(CheckImageSize(header.width, header.height));
  ASSIGN_OR_RETURN(Tensor image, Tensor::Allocate(DType::kUInt8, {header.height, header.width, 3}));
  if (const int error = spng_decode_image(context.get(), image.mutable_data(), image.nbytes(),
                                          SPNG_FMT_RGB8, /*flags=*/0);
      error != 0) {
    return FromSpng(error);
  }
  // What follows the pixels, up to the end mark: without it a truncated file would pass.
  if (const int error = spng_decode_chunks(context.get()); error != 0) {
    return FromSpng(error);
  }
  return image;
}

}  // namespace tideline
