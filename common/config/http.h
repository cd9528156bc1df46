#pragma once

#include <string>
#include <string_view>

#include "common/config/config.h"

namespace tideline {

// How a daemon is reached over HTTP.
struct HttpConfig {
  bool enabled = true;
  std::string address = "127.0.0.1";
  int port = 0;            // 0 = one that is free
  std::string token_file;  // "" = none
  std::string token;       // itself; "" = that of the file, where there is one
  ByteCount max_body{int64_t{64} << 20};
  int connections = 512;

  // Whether nobody but this machine reaches `address`.
  bool IsLocal() const;
};

inline constexpr size_t kMinToken = 16;  // letters
inline constexpr size_t kMaxToken = 512;

// InvalidArgument, without the token in it, where that is not of kMinToken to kMaxToken letters of
// visible ASCII.
absl::Status CheckToken(std::string_view token);

// InvalidArgument where others reach it without a token, or it is given twice.
absl::Status CheckHttp(const HttpConfig& http, const Origins& origins);

// The fields of `http`, a member of Config; another default port is its struct's.
template <typename Config>
void AddHttpFields(FieldList<Config>& list, HttpConfig Config::* http) {
  list.Add("http.enabled", "answer over HTTP: health, status, inference", http,
           &HttpConfig::enabled);
  list.Add("http.address", "numeric address to listen on; other than loopback only with a token",
           http, &HttpConfig::address);
  list.Add("http.port", "port to listen on; 0: one that is free", http, &HttpConfig::port)
      .Between(0, 65535);
  list.Add("http.token_file",
           "file with the token that requests need ('Authorization: Bearer TOKEN'); empty: none",
           http, &HttpConfig::token_file)
      .Path();
  list.Add("http.token", "that token itself", http, &HttpConfig::token).Secret().Check(CheckToken);
  list.Add("http.max_body", "largest body of a request", http, &HttpConfig::max_body)
      .Between({1}, {int64_t{1} << 32});
  list.Add("http.connections", "connections at the same time; health has some of its own", http,
           &HttpConfig::connections)
      .Between(1, 65536);
}

}  // namespace tideline
