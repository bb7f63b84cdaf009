#pragma once

// Files that a client configuration names: secrets and TLS material. They are read for every call,
// so that they can be rotated, and on the net thread, so that only small regular files are
// accepted.

#include "base/result.h"
#include "base/secret.h"
#include "config/http_client_config.h"

#include <optional>
#include <string>

namespace tocsin::net {

inline constexpr std::size_t kClientFileBytesMax = 1024 * 1024;

Result<std::string> ReadClientFile(const std::string& path);
// Without white space at both ends.
Result<Secret> ReadSecretFile(const std::string& path);
// `inline_value`, or what is in the file if one is named.
Result<Secret> InlineOrFile(const Secret& inline_value, const std::string& path);

// A TlsConfig with the files' contents in place of their names.
struct TlsMaterial {
  std::string ca;  // PEM; replaces the system's roots. Empty: the system's.
  std::string cert;
  Secret key;
  std::string server_name;  // Empty: the host that is connected to.
  bool insecure_skip_verify = false;
  std::optional<config::TlsVersion> min_version, max_version;
  bool operator==(const TlsMaterial&) const = default;
};

Result<TlsMaterial> LoadTlsMaterial(const config::TlsConfig& config);

}  // namespace tocsin::net
