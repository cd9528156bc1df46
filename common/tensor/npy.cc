#include "common/tensor/npy.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "common/base/checked.h"
#include "common/base/file.h"
#include "common/base/hash.h"
#include "common/base/zip.h"

// The format is numpy.lib.format's: magic, version, length and a Python dictionary in text.
namespace tideline {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxHeaderBytes = 64 << 10;
constexpr size_t kMaxDimensions = 32;

struct Header {
  DType dtype = DType::kFloat32;
  Shape shape;
};

std::optional<DType> FromDescr(std::string_view descr) {
  constexpr std::pair<std::string_view, DType> kTypes[] = {
      {"<f4", DType::kFloat32}, {"<f2", DType::kFloat16}, {"<f8", DType::kFloat64},
      {"|u1", DType::kUInt8},   {"|i1", DType::kInt8},    {"<i2", DType::kInt16},
      {"<i4", DType::kInt32},   {"<i8", DType::kInt64},   {"|b1", DType::kBool}};
  for (const auto& [name, dtype] : kTypes) {
    if (descr == name) {
      return dtype;
    }
  }
  return std::nullopt;
}

// What follows "'key':" in the dictionary, without leading blanks; "" where the key is missing.
std::string_view After(std::string_view dictionary, std::string_view key) {
  const size_t at = dictionary.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos) {
    return "";
  }
  std::string_view rest = dictionary.substr(at + key.size() + 3);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return rest;
}

absl::StatusOr<Shape> ParseShape(std::string_view text) {
  const size_t end = text.find(')');
  if (!text.starts_with('(') || end == std::string_view::npos) {
    return DataLoss("npy header has no shape");
  }
  text = text.substr(1, end - 1);
  Shape shape;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" ,"), text.size()));
    if (text.empty()) {
      return shape;
    }
    int64_t size = 0;
    const auto [next, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || size < 0 || shape.size() == kMaxDimensions) {
      return DataLoss("npy header has the bad shape ({})", text);
    }
    shape.push_back(size);
    text.remove_prefix(static_cast<size_t>(next - text.data()));
  }
}

absl::StatusOr<Header> ParseDictionary(std::string_view text) {
  Header header;
  const std::string_view descr = After(text, "descr");
  const size_t quote = descr.empty() ? std::string_view::npos : descr.find(descr[0], 1);
  const std::string_view type = quote == std::string_view::npos ? "" : descr.substr(1, quote - 1);
  const std::optional<DType> dtype = FromDescr(type);
  if (!dtype) {
    return InvalidArgument("npy element type '{}' is not read; save little-endian numbers",
                           type.empty() ? descr.substr(0, 32) : type);
  }
  header.dtype = *dtype;
  if (!After(text, "fortran_order").starts_with("False")) {
    return InvalidArgument("npy array is in Fortran order; save numpy.ascontiguousarray(array)");
  }
  ASSIGN_OR_RETURN(header.shape, ParseShape(After(text, "shape")));
  return header;
}

// The header's text, and behind it the elements.
absl::StatusOr<std::pair<std::string_view, std::span<const std::byte>>> SplitHeader(
    std::span<const std::byte> bytes) {
  constexpr size_t kPrefixBytes = 10;  // magic, two bytes of version, the length
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic) || bytes.size() < kPrefixBytes) {
    return DataLoss("not an npy file");
  }
  const auto major = static_cast<uint8_t>(bytes[kMagic.size()]);
  if (major < 1 || major > 3) {
    return InvalidArgument("npy version {} is not known", major);
  }
  const size_t length_bytes = major == 1 ? 2 : 4;
  const size_t begin = kMagic.size() + 2 + length_bytes;
  uint32_t length = 0;
  if (bytes.size() < begin) {
    return DataLoss("npy file ends inside its header");
  }
  std::memcpy(&length, bytes.data() + kMagic.size() + 2, length_bytes);
  if (length > kMaxHeaderBytes || length > bytes.size() - begin) {
    return DataLoss("npy header of {} bytes: the file has {}, at most {} are read", length,
                    bytes.size() - begin, kMaxHeaderBytes);
  }
  return std::pair(text.substr(begin, length), bytes.subspan(begin + length));
}

}  // namespace

absl::StatusOr<Tensor> ParseNpy(std::span<const std::byte> bytes,
                                std::shared_ptr<const void> owner) {
  ASSIGN_OR_RETURN(const auto parts, SplitHeader(bytes));
  ASSIGN_OR_RETURN(Header header, ParseDictionary(parts.first));
  const auto item = static_cast<int64_t>(ItemSize(header.dtype));
  const auto numel = CheckedNumel(header.shape);
  const auto size = numel ? CheckedMul(*numel, item) : std::nullopt;
  if (!size || static_cast<uint64_t>(*size) > parts.second.size()) {
    return DataLoss("npy array {} {} has more than the {} bytes in the file", Name(header.dtype),
                    ToString(header.shape), parts.second.size());
  }
  const std::byte* data = parts.second.data();
  if (reinterpret_cast<uintptr_t>(data) % static_cast<uintptr_t>(item) != 0) {
    ASSIGN_OR_RETURN(Tensor copy, Tensor::Allocate(header.dtype, header.shape));
    std::memcpy(copy.mutable_data(), data, copy.nbytes());
    return copy;
  }
  Strides strides = ContiguousStrides(header.shape);
  return Tensor::View(header.dtype, std::move(header.shape), std::move(strides), data,
                      std::move(owner));
}

absl::StatusOr<Tensor> ReadNpy(const std::string& path) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, MappedFile::Open(path));
  absl::StatusOr<Tensor> tensor = ParseNpy(file->bytes(), file);
  RETURN_IF_ERROR(Annotate(tensor.status(), path));
  return tensor;
}

absl::StatusOr<std::map<std::string, Tensor>> ReadNpz(const std::string& path) {
  constexpr std::string_view kSuffix = ".npy";
  ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, MappedFile::Open(path));
  const absl::StatusOr<std::vector<ZipEntry>> entries = ReadZip(file->bytes());
  RETURN_IF_ERROR(Annotate(entries.status(), path));
  std::map<std::string, Tensor> tensors;
  for (const ZipEntry& entry : *entries) {
    if (Crc32(entry.bytes) != entry.crc32) {
      return DataLoss("{}: array '{}' is damaged (CRC-32)", path, entry.name);
    }
    absl::StatusOr<Tensor> tensor = ParseNpy(entry.bytes, file);
    RETURN_IF_ERROR(Annotate(tensor.status(), path + ": '" + entry.name + "'"));
    std::string_view name = entry.name;
    name.remove_suffix(name.ends_with(kSuffix) ? kSuffix.size() : 0);
    tensors.emplace(name, *std::move(tensor));
  }
  return tensors;
}

}  // namespace tideline
