#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"

// CURVE keys in files: NAME.key is public, NAME.secret is not. Each is one line of Z85 text.
namespace tideline::security {

inline constexpr size_t kKeyText = 40;  // characters of a key, public or secret
inline constexpr size_t kMaxKeyName = 64;

struct KeyPair {
  std::string public_key;
  std::string secret_key;
};

// Letters, digits, '.', '_' and '-', not beginning with '.', at most kMaxKeyName characters: what
// is a file name and a user's name at once.
bool IsKeyName(std::string_view name);

// Errors: FailedPrecondition where libzmq was built without CURVE.
absl::StatusOr<KeyPair> GenerateKeyPair();

// Writes DIRECTORY/NAME.key and DIRECTORY/NAME.secret (mode 0600). Never overwrites. Blocks.
// Errors: InvalidArgument for the name, FailedPrecondition where either exists, NotFound,
// PermissionDenied.
absl::Status WriteKeyPair(const KeyPair& pair, const std::string& directory,
                          const std::string& name);

// Reads a NAME.secret; the public half is computed from it. Blocks. Errors: PermissionDenied where
// others may read the file, InvalidArgument for what is no key, NotFound.
absl::StatusOr<KeyPair> ReadSecretKey(const std::string& path);

// Reads a NAME.key. Blocks. Errors: InvalidArgument, NotFound, PermissionDenied.
absl::StatusOr<std::string> ReadPublicKey(const std::string& path);

// A raw key of 32 bytes, as ZAP has it, as text.
absl::StatusOr<std::string> KeyToText(std::string_view raw);

}  // namespace tideline::security
