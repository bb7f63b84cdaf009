#pragma once

// Looks at a client's TLS settings when a configuration is loaded, so that a file which is missing
// or broken is an error at its place and not the failure of the first page. Any thread.

#include "config/http_client_config.h"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::net {

struct TlsProblem {
  std::string_view key;  // Of `tls_config`: what is wrong.
  std::string message;   // Without secrets.
};

// Reads the files that are named, and parses certificates and keys, those in files and those
// inline. Empty if a handshake can begin with them.
std::vector<TlsProblem> CheckTls(const config::TlsConfig& tls);

}  // namespace tocsin::net
