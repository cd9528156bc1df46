#include "common/program/archive.h"

#include <algorithm>
#include <vector>

#include "common/base/hash.h"
#include "common/base/strings.h"

namespace tideline {
namespace {

constexpr std::string_view kModel = "models/model.json";

// "" or "mobilenet/": what stands before "models/model.json".
absl::StatusOr<std::string> FindRoot(const std::vector<ZipEntry>& entries) {
  const ZipEntry* found = nullptr;
  for (const ZipEntry& entry : entries) {
    const std::string_view name = entry.name;
    const bool model =
        name == kModel || (name.ends_with(kModel) && name[name.size() - kModel.size() - 1] == '/');
    if (model && found != nullptr) {
      return InvalidArgument("holds two models, '{}' and '{}'", found->name, name);
    }
    found = model ? &entry : found;
  }
  if (found == nullptr) {
    const bool script = std::ranges::any_of(
        entries, [](const ZipEntry& entry) { return entry.name.ends_with("/code/__torch__.py"); });
    return InvalidArgument(
        "no entry '{}': {}; save the network with torch.export.save(torch.export.export(model, "
        "inputs).run_decompositions({{}}), \"model.pt2\")",
        kModel, script ? "this is TorchScript, not torch.export" : "this is no .pt2 file");
  }
  return found->name.substr(0, found->name.size() - kModel.size());
}

}  // namespace

absl::StatusOr<Pt2Archive> Pt2Archive::Open(std::span<const std::byte> file) {
  absl::StatusOr<std::vector<ZipEntry>> read = ReadZip(file);
  if (!read.ok()) {
    return Error(read.status().code(), "{}; tideline-export makes .pt2 files of networks",
                 ToStd(read.status().message()));
  }
  std::vector<ZipEntry>& entries = *read;
  ASSIGN_OR_RETURN(const std::string root, FindRoot(entries));
  Pt2Archive archive;
  for (ZipEntry& entry : entries) {
    if (entry.name.starts_with(root)) {
      std::string path = entry.name.substr(root.size());
      archive.entries_.emplace(std::move(path), std::move(entry));
    }
  }
  return archive;
}

absl::StatusOr<std::span<const std::byte>> Pt2Archive::Read(std::string_view path) const {
  const auto found = entries_.find(path);
  if (found == entries_.end()) {
    return DataLoss("the archive has no entry '{}'", path);
  }
  const ZipEntry& entry = found->second;
  if (const uint32_t crc = Crc32(entry.bytes); crc != entry.crc32) {
    return DataLoss("entry '{}' is damaged: its CRC-32 is {:08x}, the archive says {:08x}", path,
                    crc, entry.crc32);
  }
  return entry.bytes;
}

}  // namespace tideline
