#include "protocol/security/keys.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "common/base/file.h"

namespace tideline::security {
namespace {

constexpr size_t kRawKey = 32;
constexpr size_t kLongestFile = 128;  // a key, a line end, and room to see that it is no key

// zmq_z85_encode and the curve functions write a final NUL.
using TextBuffer = std::array<char, kKeyText + 1>;

absl::StatusOr<std::string> ReadKeyFile(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(path, kLongestFile));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.pop_back();
  }
  std::array<uint8_t, kRawKey> raw;
  const bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (text.size() != kKeyText || !printable ||
      zmq_z85_decode(raw.data(), text.c_str()) == nullptr) {
    return InvalidArgument(
        "{}: not a key; one line of {} Z85 characters is expected, as `tideline "
        "keygen` writes it",
        path, kKeyText);
  }
  return text;
}

// Creates the file with `mode`, or fails where it exists already.
absl::Status CreateFile(const std::string& path, const std::string& content, mode_t mode) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) {
    const int error = errno;
    switch (error) {
      case EEXIST:
        return FailedPrecondition(
            "{}: exists already and is never overwritten; choose another name", path);
      case ENOENT:
        return NotFound("{}: its directory is not there; make it first", path);
      default:
        return PermissionDenied("{}: cannot create: {}", path, std::strerror(error));
    }
  }
  const bool written =
      ::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
      ::fsync(file) == 0;
  ::close(file);
  if (!written) {
    ::unlink(path.c_str());
    return Unavailable("{}: cannot write", path);
  }
  return absl::OkStatus();
}

}  // namespace

bool IsKeyName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxKeyName && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

absl::StatusOr<KeyPair> GenerateKeyPair() {
  TextBuffer public_key;
  TextBuffer secret_key;
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
    return FailedPrecondition(
        "libzmq on this machine was built without CURVE: no keys can be made");
  }
  return KeyPair{public_key.data(), secret_key.data()};
}

absl::Status WriteKeyPair(const KeyPair& pair, const std::string& directory,
                          const std::string& name) {
  if (!IsKeyName(name)) {
    return InvalidArgument(
        "key name '{}': letters, digits, '.', '_' and '-' are allowed, at most {} of them and no "
        "'.' in front",
        name, kMaxKeyName);
  }
  const std::string base = (std::filesystem::path(directory) / name).string();
  RETURN_IF_ERROR(CreateFile(base + ".secret", pair.secret_key + "\n", 0600));
  absl::Status status = CreateFile(base + ".key", pair.public_key + "\n", 0644);
  if (!status.ok()) {
    ::unlink((base + ".secret").c_str());
  }
  return status;
}

absl::StatusOr<KeyPair> ReadSecretKey(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return PermissionDenied("{}: mode {:o} lets others read the secret key; run chmod 600 on it",
                            path, info.st_mode & 0777);
  }
  ASSIGN_OR_RETURN(std::string secret, ReadKeyFile(path));
  TextBuffer public_key;
  if (zmq_curve_public(public_key.data(), secret.c_str()) != 0) {
    return InvalidArgument("{}: no public key belongs to it", path);
  }
  return KeyPair{public_key.data(), std::move(secret)};
}

absl::StatusOr<std::string> ReadPublicKey(const std::string& path) { return ReadKeyFile(path); }

absl::StatusOr<std::string> KeyToText(std::string_view raw) {
  TextBuffer text;
  if (raw.size() != kRawKey ||
      zmq_z85_encode(text.data(), reinterpret_cast<const uint8_t*>(raw.data()), raw.size()) ==
          nullptr) {
    return InvalidArgument("key has {} bytes, {} are expected", raw.size(), kRawKey);
  }
  return std::string(text.data());
}

}  // namespace tideline::security
