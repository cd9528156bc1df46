#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it first
#include <cstdlib>
#include <cstring>
#include <jpeglib.h>
#include <memory>
#include <string>

#include "common/model/image.h"
#include "common/model/image_formats.h"

namespace tideline {
namespace {

// libjpeg reports errors by a call that may not return: here it jumps back to the caller's
// setjmp. Functions that call setjmp hold nothing with a destructor.
struct ErrorTrap {
  jpeg_error_mgr manager;  // first member: libjpeg hands back a pointer to it
  std::jmp_buf jump;
  char text[JMSG_LENGTH_MAX] = "";
};

[[noreturn]] void OnError(j_common_ptr info) {
  auto* trap = reinterpret_cast<ErrorTrap*>(info->err);
  trap->manager.format_message(info, trap->text);
  std::longjmp(trap->jump, 1);
}

// libjpeg warns and goes on where data is damaged or missing; for us that is the end.
void OnMessage(j_common_ptr info, int level) {
  if (level < 0) {
    OnError(info);
  }
}

// A progressive file of a few kilobytes can ask for thousands of passes over the whole image.
void OnProgress(j_common_ptr info) {
  constexpr int kMaxScans = 100;
  if (info->is_decompressor &&
      reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > kMaxScans) {
    auto* trap = reinterpret_cast<ErrorTrap*>(info->err);
    std::snprintf(trap->text, sizeof(trap->text), "more than %d scans", kMaxScans);
    std::longjmp(trap->jump, 1);
  }
}

jpeg_error_mgr* SetUp(ErrorTrap& trap) {
  jpeg_error_mgr* manager = jpeg_std_error(&trap.manager);
  manager->error_exit = OnError;
  manager->emit_message = OnMessage;
  return manager;
}

struct Decompressor {
  jpeg_decompress_struct info{};
  ErrorTrap trap;
  jpeg_progress_mgr progress{};
  ~Decompressor() { jpeg_destroy_decompress(&info); }
};

bool ReadHeader(Decompressor& jpeg, std::span<const std::byte> file) {
  if (setjmp(jpeg.trap.jump) != 0) {
    return false;
  }
  jpeg_create_decompress(&jpeg.info);
  jpeg.progress.progress_monitor = OnProgress;
  jpeg.info.progress = &jpeg.progress;
  jpeg_mem_src(&jpeg.info, reinterpret_cast<const unsigned char*>(file.data()), file.size());
  jpeg_read_header(&jpeg.info, TRUE);
  return true;
}

bool ReadPixels(Decompressor& jpeg, uint8_t* pixels) {
  if (setjmp(jpeg.trap.jump) != 0) {
    return false;
  }
  jpeg.info.out_color_space = JCS_RGB;
  jpeg.info.dct_method = JDCT_ISLOW;  // the same bits on every CPU
  jpeg_start_decompress(&jpeg.info);
  while (jpeg.info.output_scanline < jpeg.info.output_height) {
    JSAMPROW row = pixels + size_t{3} * jpeg.info.output_width * jpeg.info.output_scanline;
    jpeg_read_scanlines(&jpeg.info, &row, 1);
  }
  jpeg_finish_decompress(&jpeg.info);
  return true;
}

struct Compressor {
  jpeg_compress_struct info{};
  ErrorTrap trap;
  unsigned char* buffer = nullptr;
  unsigned long size = 0;  // NOLINT(google-runtime-int): libjpeg's type
  ~Compressor() {
    jpeg_destroy_compress(&info);
    std::free(buffer);
  }
};

bool Compress(Compressor& jpeg, const Tensor& image, int quality) {
  if (setjmp(jpeg.trap.jump) != 0) {
    return false;
  }
  const int64_t channels = image.shape()[2];
  jpeg_create_compress(&jpeg.info);
  jpeg_mem_dest(&jpeg.info, &jpeg.buffer, &jpeg.size);
  jpeg.info.image_height = static_cast<JDIMENSION>(image.shape()[0]);
  jpeg.info.image_width = static_cast<JDIMENSION>(image.shape()[1]);
  jpeg.info.input_components = static_cast<int>(channels);
  jpeg.info.in_color_space = channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg_set_defaults(&jpeg.info);
  jpeg_set_quality(&jpeg.info, quality, TRUE);
  jpeg.info.dct_method = JDCT_ISLOW;
  jpeg_start_compress(&jpeg.info, TRUE);
  while (jpeg.info.next_scanline < jpeg.info.image_height) {
    JSAMPROW row = const_cast<uint8_t*>(image.as<uint8_t>()) +
                   channels * jpeg.info.image_width * jpeg.info.next_scanline;
    jpeg_write_scanlines(&jpeg.info, &row, 1);
  }
  jpeg_finish_compress(&jpeg.info);
  return true;
}

}  // namespace

bool IsJpeg(std::span<const std::byte> file) {
  return file.size() >= 3 && file[0] == std::byte{0xFF} && file[1] == std::byte{0xD8} &&
         file[2] == std::byte{0xFF};
}

absl::StatusOr<Tensor> DecodeJpeg(std::span<const std::byte> file) {
  Decompressor jpeg;
  jpeg.info.err = SetUp(jpeg.trap);
  if (!ReadHeader(jpeg, file)) {
    return DataLoss("JPEG: {}", jpeg.trap.text);
  }
  RETURN_IF_ERROR(CheckImageSize(jpeg.info.image_width, jpeg.info.image_height));
  if (jpeg.info.num_components != 1 && jpeg.info.num_components != 3) {
    return InvalidArgument(
        "JPEG: has {} colour components (4 = CMYK), expected 1 or 3; convert it "
        "to RGB",
        jpeg.info.num_components);
  }
  ASSIGN_OR_RETURN(Tensor image, Tensor::Allocate(DType::kUInt8, {jpeg.info.image_height,
                                                                  jpeg.info.image_width, 3}));
  if (!ReadPixels(jpeg, reinterpret_cast<uint8_t*>(image.mutable_data()))) {
    return DataLoss("JPEG of {}x{}: {}", jpeg.info.image_width, jpeg.info.image_height,
                    jpeg.trap.text);
  }
  return image;
}

absl::StatusOr<std::string> EncodeJpeg(const Tensor& image, int quality) {
  const Shape& shape = image.shape();
  if (image.dtype() != DType::kUInt8 || shape.size() != 3 || (shape[2] != 1 && shape[2] != 3)) {
    return InvalidArgument("JPEG: cannot encode {} {}, only uint8 [H, W, 1 or 3]",
                           Name(image.dtype()), ToString(shape));
  }
  if (quality < 1 || quality > 100) {
    return InvalidArgument("JPEG: quality {} is not from 1 to 100", quality);
  }
  RETURN_IF_ERROR(CheckImageSize(shape[1], shape[0]));
  ASSIGN_OR_RETURN(const Tensor pixels, Contiguous(image));
  Compressor jpeg;
  jpeg.info.err = SetUp(jpeg.trap);
  if (!Compress(jpeg, pixels, quality)) {
    return Internal("JPEG of {}x{}: {}", shape[1], shape[0], jpeg.trap.text);
  }
  return std::string(reinterpret_cast<const char*>(jpeg.buffer), jpeg.size);
}

absl::StatusOr<Tensor> EncodeJpegTensor(const Tensor& image, int quality) {
  ASSIGN_OR_RETURN(const std::string file, EncodeJpeg(image, quality));
  ASSIGN_OR_RETURN(Tensor tensor,
                   Tensor::Allocate(DType::kUInt8, {static_cast<int64_t>(file.size())}));
  std::memcpy(tensor.mutable_data(), file.data(), file.size());
  return tensor;
}

}  // namespace tideline
