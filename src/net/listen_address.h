#pragma once

// `host:port` as people write it for a server: `:9093`, `127.0.0.1:0`, `[::1]:9093`,
// `localhost:80`.

#include "base/result.h"

#include <string>
#include <string_view>

namespace tocsin::net {

struct ListenAddress {
  std::string host;  // Empty: every address of the machine. IPv6 without brackets.
  std::string port;  // A number.
  bool operator==(const ListenAddress&) const = default;
};

Result<ListenAddress> ParseListenAddress(std::string_view text);

}  // namespace tocsin::net
